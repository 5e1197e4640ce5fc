/** A page with a player on jsdom, whose server is the test. */


import { JSDOM } from "jsdom";

import video from "../dist/video.js";
import { kebab, playerPage } from "./bundle.mjs";
import { show, videoContext } from "./runtime.mjs";

const dom = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
const { window } = dom;
Object.assign(globalThis, { window, document: window.document, Event: window.Event });
const adapter = await import("glass-easel-miniprogram-adapter");

adapter.glassEasel.addGlobalErrorListener((error) => {
  throw error;
});

/** What jsdom leaves out of media elements. */
const calls = [];
Object.defineProperties(window.HTMLMediaElement.prototype, {
  play: { value() { calls.push(["play"]); } },
  pause: { value() { calls.push(["pause"]); } },
  load: { value() {} },
  currentTime: { get() { return this.at || 0; }, set(at) { this.at = at; calls.push(["seek", at]); } },
  duration: { get: () => 100 },
});

const { EVENTS, PROPERTIES } = video;
export { EVENTS, PROPERTIES, kebab };
export const FILE_ID = "5285485487985271487";
export const SERVER = "https://vod.example.com";
const USUAL = { appid: "1300000001", fileid: FILE_ID, playerid: "mine", server: SERVER };

/**
 * Shows a page with a player.
 *
 * @param {object} attributes beside the usual ones, which `undefined` takes away
 * @param {object} of_wx in place of what wx has
 */
export function world(attributes = {}, of_wx = {}) {
  const requests = [];
  const events = [];
  const wx = {
    getAppBaseInfo: () => ({ language: "zh_CN" }),
    createVideoContext: videoContext,
    request(options) {
      const request = { ...options, aborted: false };
      requests.push(request);
      return { abort: () => (request.aborted = true) };
    },
    ...of_wx,
  };
  const given = Object.entries({ ...USUAL, ...attributes }).filter(([, value]) => value !== undefined);
  document.body.innerHTML = "";
  calls.length = 0;
  const hear = ({ type, detail }) => events.push({ type, detail });
  const shown = show(adapter, playerPage(Object.fromEntries(given)), { wx, hear, console: { warn() {} } });
  const find = (selector) => document.querySelector(`[class*="${selector}"]`);
  return {
    ...shown,
    requests,
    events,
    calls,
    drawn: () => new Promise((resolve) => shown.page.setData({}, resolve)),
    video: document.querySelector("video"),
    find,
    text: (selector) => find(selector)?.textContent,
    tap: (selector) => find(selector).dispatchEvent(new window.Event("click")),
    answer: (data, statusCode = 200) => requests.at(-1).success({ statusCode, data }),
    cut: (errMsg) => requests.at(-1).fail({ errMsg }),
    tell(type, state = {}) {
      Object.entries(state).forEach(([name, value]) => (this.video[name === "currentTime" ? "at" : name] = value));
      this.video.dispatchEvent(new window.Event(type));
    },
    fails(code) {
      Object.defineProperty(this.video, "error", { value: { code }, configurable: true });
      this.video.dispatchEvent(new window.Event("error"));
    },
  };
}

/** Answers of play-info. */
export const file = (url, cover = "") => ({
  code: 0, message: "", version: 4,
  media: { basicInfo: { coverUrl: cover }, audioVideoType: "Original", originalInfo: { url } },
});
export const adaptive = (url, levels) => ({
  code: 0, message: "", version: 4,
  media: {
    basicInfo: { coverUrl: "" }, audioVideoType: "RawAdaptive",
    streamingInfo: { plainOutput: { type: "hls", url, subStreams: levels.map((height) => ({ type: "video", height })) } },
  },
});
export const refused = (code, message) => ({ code, message, requestId: "00000000-0000-4000-8000-000000000000" });
