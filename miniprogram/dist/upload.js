/** Uploads a video by an upload signature of your backend, in parts, to the minivod server itself. */

const { hmacSha1Hex, sha1Hex } = require("./hmac");
const { settings } = require("./settings");

const PART = 4 * 1024 * 1024; // bytes; the server takes parts from 1 MiB on, at most 10,000
const TRIES = 3;
const TIMEOUT = 120000; // ms for a part

/**
 * @typedef {object} Uploaded
 * @property {string} fileId
 * @property {string} url where it plays once it is published
 *
 * @typedef {object} Given
 * @property {() => Promise<string>} getSignature asks your backend; is called before the upload and before its end
 * @property {string} filePath as wx.chooseMedia gives it
 * @property {number} size bytes, likewise
 * @property {string} [name] of the video; without it that of the file
 * @property {string} [server] base URL; without it that of configure
 * @property {(done: number) => void} [onProgress] is told a number from 0 to 1 after each part
 *
 * @typedef {{secretId: string, secretKey: string, token: string, expiredTime: number}} Certificate
 * @typedef {{video: {storagePath: string}, vodSessionKey: string, timestamp: number, tempCertificate: Certificate}} Session
 *
 * @typedef {object} Call
 * @property {"GET" | "POST" | "PUT"} method
 * @property {string} url
 * @property {Record<string, string>} [header]
 * @property {any} [data]
 */

/** What is wrong, with the `code` of the protocol, or 0. */
class UploadError extends Error {
  /**
   * @param {string} message
   * @param {number} code
   */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/**
 * Uploads a video; the promise is rejected with an UploadError.
 *
 * @param {Given} given
 * @returns {Promise<Uploaded>}
 */
function upload(given) {
  const server = (given.server || settings.server).replace(/\/+$/, "");
  const file = given.filePath.split("/").pop() || "";
  const dot = file.lastIndexOf(".");
  const named = {
    videoName: given.name || (dot > 0 ? file.slice(0, dot) : file),
    videoType: dot > 0 ? file.slice(dot + 1).toLowerCase() : "",
    videoSize: given.size,
  };
  return given.getSignature()
    .then((signature) => protocol(server, "ApplyUploadUGC", Object.assign({ signature }, named)))
    .then((session) => sent(server, session, given).then(() => committed(server, session, given)));
}

/**
 * The end of an upload; it may be asked for again, and is answered the same.
 *
 * @param {string} server
 * @param {Session} session
 * @param {Given} given
 * @returns {Promise<Uploaded>}
 */
function committed(server, session, given) {
  const { vodSessionKey } = session;
  return given.getSignature()
    .then((signature) => protocol(server, "CommitUploadUGC", { signature, vodSessionKey }, TRIES))
    .then((data) => ({ fileId: data.fileId, url: data.video.url }));
}

/**
 * A call of the protocol.
 *
 * @param {string} server
 * @param {string} action
 * @param {object} data
 * @param {number} [tries]
 * @returns {Promise<any>}
 */
function protocol(server, action, data, tries = 1) {
  return request({ method: "POST", url: `${server}/v3/index.php?Action=${action}`, data }, tries).then((response) => {
    const body = /** @type {any} */ (response.data);
    if (!body || body.code !== 0) {
      throw new UploadError(`${action}: ${(body && body.message) || "no answer"}`, (body && body.code) || 0);
    }
    return body.data;
  });
}

/**
 * Sends the file in parts, one after the other, so that a phone has to hold one only.
 *
 * @param {string} server
 * @param {Session} session
 * @param {Given} given
 */
function sent(server, session, given) {
  const path = session.video.storagePath;
  /** @type {string[]} */
  const tags = [];
  /**
   * @param {"POST" | "PUT"} method
   * @param {Record<string, string>} params
   * @param {any} [data]
   */
  const call = (method, params, data) => request(signed(server, method, path, params, data, session), TRIES);
  /**
   * @param {string} uploadId
   * @returns {Promise<void>}
   */
  const next = (uploadId) => {
    const position = tags.length * PART;
    if (position >= given.size) {
      return Promise.resolve();
    }
    const length = Math.min(PART, given.size - position);
    return read(given.filePath, position, length)
      .then((data) => call("PUT", { partNumber: String(tags.length + 1), uploadId }, data))
      .then((response) => {
        tags.push(headerOf(response, "etag"));
        if (given.onProgress) {
          given.onProgress((position + length) / given.size);
        }
        return next(uploadId);
      });
  };
  return call("POST", { uploads: "" }).then((begun) => {
    const found = /<UploadId>([^<]+)<\/UploadId>/.exec(String(begun.data));
    if (!found) {
      throw new UploadError("the server did not begin an upload in parts", 0);
    }
    return next(found[1]).then(() => call("POST", { uploadId: found[1] }, partList(tags)));
  });
}

/** @param {string[]} tags */
function partList(tags) {
  const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
  return `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
}

/**
 * A request to the object endpoint with the signature of COS; the host is not signed.
 *
 * @param {string} server
 * @param {"POST" | "PUT"} method
 * @param {string} path
 * @param {Record<string, string>} params
 * @param {any} data
 * @param {Session} session
 * @returns {Call}
 */
function signed(server, method, path, params, data, session) {
  const { secretId, secretKey, token, expiredTime } = session.tempCertificate;
  const time = `${session.timestamp};${expiredTime}`;
  const names = Object.keys(params).map((name) => name.toLowerCase()).sort();
  const values = Object.keys(params).map((name) => `${name.toLowerCase()}=${encodeURIComponent(params[name])}`).sort();
  const formatted = `${method.toLowerCase()}\n${path}\n${values.join("&")}\n\n`;
  const signature = hmacSha1Hex(hmacSha1Hex(secretKey, time), `sha1\n${time}\n${sha1Hex(formatted)}\n`);
  const authorization = [
    "q-sign-algorithm=sha1", `q-ak=${secretId}`, `q-sign-time=${time}`, `q-key-time=${time}`, "q-header-list=",
    `q-url-param-list=${names.join(";")}`, `q-signature=${signature}`,
  ].join("&");
  const query = Object.keys(params).map((name) => `${name}=${encodeURIComponent(params[name])}`).join("&");
  return {
    method,
    url: `${server}${path}?${query}`,
    header: {
      authorization,
      "x-cos-security-token": token,
      "content-type": typeof data === "string" ? "application/xml" : "application/octet-stream",
    },
    data,
  };
}

/**
 * A request that is made again when there is no answer, or the server cannot answer now.
 *
 * @param {Call} call
 * @param {number} tries
 * @returns {Promise<WechatMiniprogram.RequestSuccessCallbackResult>}
 */
function request(call, tries) {
  return new Promise((resolve, reject) => {
    wx.request(Object.assign({}, call, {
      timeout: TIMEOUT,
      success: resolve,
      fail: (/** @type {{errMsg: string}} */ error) => reject(new UploadError(error.errMsg, 0)),
    }));
  }).then((answer) => {
    const response = /** @type {WechatMiniprogram.RequestSuccessCallbackResult} */ (answer);
    if (response.statusCode !== 200) {
      const told = /<Message>([^<]*)<\/Message>/.exec(String(response.data));
      const message = `HTTP status ${response.statusCode}${told ? `: ${told[1]}` : ""}`;
      throw Object.assign(new UploadError(message, 0), { final: response.statusCode < 500 });
    }
    return response;
  }).catch((error) => {
    if (tries > 1 && !error.final) {
      return request(call, tries - 1);
    }
    throw error;
  });
}

/**
 * Reads a part of a file.
 *
 * @param {string} filePath
 * @param {number} position
 * @param {number} length
 * @returns {Promise<ArrayBuffer>}
 */
function read(filePath, position, length) {
  return new Promise((resolve, reject) => {
    wx.getFileSystemManager().readFile({
      filePath,
      position,
      length,
      success: (found) => resolve(/** @type {ArrayBuffer} */ (found.data)),
      fail: (error) => reject(new UploadError(error.errMsg, 0)),
    });
  });
}

/**
 * @param {{header: object}} response
 * @param {string} name in lower case
 */
function headerOf(response, name) {
  const header = /** @type {Record<string, string>} */ (response.header);
  return header[Object.keys(header).find((one) => one.toLowerCase() === name) || ""] || "";
}

module.exports = { UploadError, upload };
