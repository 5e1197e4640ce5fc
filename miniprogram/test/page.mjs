/** Shows a player in a browser, with a `wx` that is the browser's. */

import * as adapter from "glass-easel-miniprogram-adapter";

import { show, videoContext } from "./runtime.mjs";

const events = [];

const wx = {
  getAppBaseInfo: () => ({ language: navigator.language }),
  createVideoContext: videoContext,
  request({ url, method = "GET", header = {}, data, success, fail }) {
    const controller = new AbortController();
    const body = data === undefined || typeof data === "string" || data instanceof ArrayBuffer ? data : JSON.stringify(data);
    const headers = { "content-type": "application/json", ...header };
    const given = method === "GET" ? {} : { method, headers, body };
    fetch(url, { signal: controller.signal, ...given }).then(async (response) => {
      const text = await response.text();
      success({ statusCode: response.status, data: json(text), header: Object.fromEntries(response.headers) });
    }).catch((error) => fail({ errMsg: `request:fail ${error.message}` }));
    return { abort: () => controller.abort() };
  },
  getFileSystemManager: () => ({
    readFile({ filePath, position, length, success, fail }) {
      fetch(filePath).then((response) => response.arrayBuffer()).then(
        (content) => success({ data: content.slice(position, position + length) }),
        (error) => fail({ errMsg: `readFile:fail ${error.message}` }),
      );
    },
  }),
};

/** As wx.request has it: what is no JSON stays a text. */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Shows the program; what it tells is then in `told`. */
window.begin = (program) => {
  const hear = ({ type, detail }) => events.push({ type, detail: detail.detail });
  window.shown = show(adapter, program, { wx, hear });
};
window.told = events;
