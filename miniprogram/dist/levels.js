/** The levels of an adaptive stream, out of the master playlist of HLS (RFC 8216 §4.3.4.2). */

const { get } = require("./play-info");

/**
 * @typedef {object} Level
 * @property {string} name what viewers choose by, like 720p
 * @property {string} url of the level's own playlist
 */

/**
 * Fetches the levels of a master, highest first.
 *
 * @param {string} master its URL
 * @param {(levels: Level[]) => void} done is told none when there is nothing to choose, or the master cannot be had
 */
function askLevels(master, done) {
  return get(master, (failure, status, body) => {
    const readable = !failure && status === 200 && typeof body === "string";
    done(readable ? levelsOf(body, master) : []);
  });
}

/**
 * The levels that a master names; none unless each plays alone: with sound in a playlist of its own it would be silent.
 *
 * @param {string} text of the master
 * @param {string} base its URL
 * @returns {Level[]}
 */
function levelsOf(text, base) {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  /** @type {{lines: number, bandwidth: number, url: string}[]} */
  const found = [];
  for (let at = 0; at < lines.length; at += 1) {
    const told = /^#EXT-X-STREAM-INF:(.*)$/.exec(lines[at]);
    const size = told && /(?:^|,)RESOLUTION=([0-9]+)x([0-9]+)/.exec(told[1]);
    if (told && /(?:^|,)AUDIO=/.test(told[1])) {
      return [];
    }
    const uri = lines.slice(at + 1).find((line) => line !== "" && !line.startsWith("#"));
    if (told && size && uri !== undefined) {
      const rate = /(?:^|,)BANDWIDTH=([0-9]+)/.exec(told[1]);
      const shorter = Math.min(Number(size[1]), Number(size[2]));
      found.push({ lines: shorter, bandwidth: rate ? Number(rate[1]) : 0, url: resolve(uri, base) });
    }
  }
  if (found.length < 2) {
    return [];
  }
  found.sort((one, other) => other.lines - one.lines || other.bandwidth - one.bandwidth);
  return found.map((one) => ({ name: nameOf(one, found), url: one.url }));
}

/**
 * Its lines, and the rate where several levels have as many.
 *
 * @param {{lines: number, bandwidth: number}} level
 * @param {{lines: number}[]} all
 */
function nameOf(level, all) {
  const alone = all.filter((one) => one.lines === level.lines).length === 1;
  return alone ? `${level.lines}p` : `${level.lines}p ${Math.round(level.bandwidth / 1000)}k`;
}

/**
 * A reference of a playlist as an absolute URL (RFC 3986 §5.2, as far as servers use it); Mini Programs have no URL.
 *
 * @param {string} uri
 * @param {string} base
 */
function resolve(uri, base) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(uri)) {
    return uri;
  }
  const [, scheme, host, path] = /** @type {RegExpExecArray} */ (/^([a-z]+:)(\/\/[^/?#]*)([^?#]*)/i.exec(base));
  if (uri.startsWith("//")) {
    return scheme + uri;
  }
  const [, relative, query] = /** @type {RegExpExecArray} */ (/^([^?#]*)(.*)$/.exec(uri));
  const parts = uri.startsWith("/") ? [] : path.split("/").slice(1, -1);
  for (const part of relative.replace(/^\//, "").split("/")) {
    if (part === "..") {
      parts.pop();
    } else if (part !== ".") {
      parts.push(part);
    }
  }
  return `${scheme}${host}/${parts.join("/")}${query}`;
}

module.exports = { askLevels, levelsOf };
