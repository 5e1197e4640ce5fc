/** Asks a minivod server where a video is: play-info, version 4. */

const TIMEOUT = 10000; // ms

/**
 * @typedef {"attributes" | "unpublished" | "expired" | "forbidden" | "network" | "unavailable" | "undecodable"} Reason
 *
 * @typedef {object} Failure Why a video does not play.
 * @property {Reason} reason
 * @property {number} code that of play-info; 0 where there was no answer, or the server has no part in it
 * @property {string} message in English, for developers
 *
 * @typedef {object} Wanted
 * @property {string} server base URL
 * @property {string | number} appid
 * @property {string | number} fileid
 * @property {string} psign empty: none
 *
 * @typedef {object} Found
 * @property {string} url of the file, or of the playlist
 * @property {string} cover URL of the cover; empty: there is none
 * @property {boolean} adaptive whether the playlist names levels
 *
 * @typedef {{abort(): void}} Asking
 */

/**
 * What is wrong with the attributes; null: nothing.
 *
 * @param {Wanted} wanted
 * @returns {Failure | null}
 */
function wrong(wanted) {
  const { server, appid, fileid } = wanted;
  let message = "";
  if (!/^https?:\/\/[^/]/.test(server)) {
    message = `server "${server}" is no base URL like https://vod.example.com; set it, or call configure in app.js`;
  } else if (!/^[0-9]+$/.test(String(appid))) {
    message = `appid "${appid}" is no number`;
  } else if (typeof fileid === "number") {
    message = `fileid ${fileid} is given as a number and has lost its last digits; give it as a string`;
  } else if (!/^[0-9]+$/.test(fileid)) {
    message = `fileid "${fileid}" is no FileId, which has digits only`;
  }
  return message ? { reason: "attributes", code: 0, message } : null;
}

/**
 * The address of play-info.
 *
 * @param {Wanted} wanted
 */
function address(wanted) {
  const query = wanted.psign ? `?psign=${encodeURIComponent(wanted.psign)}` : "";
  return `${wanted.server.replace(/\/+$/, "")}/getplayinfo/v4/${wanted.appid}/${wanted.fileid}${query}`;
}

/**
 * Asks for a video.
 *
 * @param {Wanted} wanted
 * @param {(failure: Failure | null, found: Found | null) => void} done is told one of the two, unless it is aborted
 * @returns {Asking}
 */
function ask(wanted, done) {
  const failure = wrong(wanted);
  if (failure) {
    done(failure, null);
    return { abort() {} };
  }
  return get(address(wanted), (lost, status, body) => {
    const found = lost ? null : read(body);
    const why = lost || (found ? null : refusal(status, body));
    done(why, found);
  });
}

/**
 * A GET by wx.request.
 *
 * @param {string} url
 * @param {(failure: Failure | null, status: number, body: any) => void} done is not told of anything once it is aborted
 * @returns {Asking}
 */
function get(url, done) {
  let over = false;
  const task = wx.request({
    url,
    timeout: TIMEOUT,
    success(response) {
      if (!over) {
        over = true;
        done(null, response.statusCode, response.data);
      }
    },
    fail(error) {
      if (!over) {
        over = true;
        done({ reason: "network", code: 0, message: `${url.split("?")[0]}: ${error.errMsg}` }, 0, null);
      }
    },
  });
  return {
    abort() {
      if (!over) {
        over = true;
        task.abort();
      }
    },
  };
}

/**
 * What an answer says of a video; null: it is no such answer.
 *
 * @param {any} body
 * @returns {Found | null}
 */
function read(body) {
  const media = body && body.code === 0 ? body.media : null;
  if (!media) {
    return null;
  }
  const cover = (media.basicInfo && media.basicInfo.coverUrl) || "";
  const file = media.originalInfo || media.transcodeInfo;
  if (file) {
    return { url: file.url, cover, adaptive: false };
  }
  const output = media.streamingInfo && media.streamingInfo.plainOutput;
  return output ? { url: output.url, cover, adaptive: (output.subStreams || []).length > 1 } : null;
}

/**
 * Why an answer names no video.
 *
 * @param {number} status of HTTP
 * @param {any} body
 * @returns {Failure}
 */
function refusal(status, body) {
  const code = body && typeof body.code === "number" ? body.code : 0;
  const message = (body && body.message) || `the server answered with HTTP status ${status}`;
  if (code === 404) {
    return { reason: "unpublished", code, message };
  }
  if (code === 403) {
    return { reason: /^psign has expired/.test(message) ? "expired" : "forbidden", code, message };
  }
  return { reason: code === 400 ? "attributes" : "unavailable", code, message };
}

module.exports = { ask, get };
