/** HMAC-SHA1 of ASCII texts, as hex digits (RFC 2104, FIPS 180-4); Mini Programs have no cryptography of their own. */

const BLOCK = 64; // bytes

/** @param {string} text */
function bytesOf(text) {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** @param {number[]} bytes */
function hexOf(bytes) {
  return bytes.map((byte) => (byte < 16 ? "0" : "") + byte.toString(16)).join("");
}

/**
 * @param {number} word
 * @param {number} bits
 */
function turn(word, bits) {
  return (word << bits) | (word >>> (32 - bits));
}

/**
 * The message with a 1, zeros and its length, as words of 32 bits.
 *
 * @param {number[]} bytes
 */
function padded(bytes) {
  const words = new Array((((bytes.length + 8) >> 6) + 1) * 16).fill(0);
  bytes.concat(0x80).forEach((byte, at) => {
    words[at >> 2] |= byte << (24 - 8 * (at & 3));
  });
  words[words.length - 1] = bytes.length * 8;
  return words;
}

/**
 * Function and constant of a round.
 *
 * @param {number} round
 * @param {number} b
 * @param {number} c
 * @param {number} d
 */
function mixed(round, b, c, d) {
  if (round < 20) {
    return ((b & c) | (~b & d)) + 0x5a827999;
  }
  if (round < 40) {
    return (b ^ c ^ d) + 0x6ed9eba1;
  }
  return round < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc : (b ^ c ^ d) + 0xca62c1d6;
}

/**
 * @param {number[]} bytes
 * @returns {number[]}
 */
function sha1(bytes) {
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const words = padded(bytes);
  for (let begin = 0; begin < words.length; begin += 16) {
    const schedule = words.slice(begin, begin + 16);
    let [a, b, c, d, e] = state;
    for (let round = 0; round < 80; round += 1) {
      if (round >= 16) {
        const mix = schedule[round - 3] ^ schedule[round - 8] ^ schedule[round - 14] ^ schedule[round - 16];
        schedule.push(turn(mix, 1));
      }
      const next = (turn(a, 5) + mixed(round, b, c, d) + e + schedule[round]) | 0;
      [a, b, c, d, e] = [next, a, turn(b, 30), c, d];
    }
    state = [a, b, c, d, e].map((word, at) => (word + state[at]) | 0);
  }
  return [].concat(...state.map((word) => /** @type {any} */ ([24, 16, 8, 0].map((bits) => (word >>> bits) & 0xff))));
}

/** @param {string} text */
function sha1Hex(text) {
  return hexOf(sha1(bytesOf(text)));
}

/**
 * @param {string} key
 * @param {string} text
 */
function hmacSha1Hex(key, text) {
  const given = bytesOf(key);
  const block = (given.length > BLOCK ? sha1(given) : given).concat(new Array(BLOCK).fill(0)).slice(0, BLOCK);
  const inner = sha1(block.map((byte) => byte ^ 0x36).concat(bytesOf(text)));
  return hexOf(sha1(block.map((byte) => byte ^ 0x5c).concat(inner)));
}

module.exports = { hmacSha1Hex, sha1Hex };
