/** minivod-player.js: plays videos of a minivod server on a page of yours, by appid and fileid.
 *
 *     <div id="player"></div>
 *     <script type="module">
 *       import { createPlayer } from "https://vod.example.com/static/minivod-player.js";
 *       createPlayer(document.getElementById("player"), { appid: "1300000001", fileid: "5285485487985271487" });
 *     </script>
 *
 * Options: appid, fileid, psign; server (base URL; that of this file), language (that of the page or the browser),
 * autoplay, muted, loop, checkInterval (seconds between questions whether a video that plays is still published; 60,
 * 0: never). The element is told `minivod-error` with detail {reason, code, message}, and `minivod-ready` with what
 * play-info says. The player that is returned has `video`, `load(options)`, `retry()` and `destroy()`.
 */

import { controls } from "./minivod-controls.js";
import { textsIn } from "./minivod-texts.js";

const HLS = "./hls-1.7.4.min.mjs";
const STALLED = 1000; // ms; a video that waits for data is looked after at most so often
const REASONS = { 400: "attributes", 404: "unpublished" };

/** Why a video does not play: reason, code (of play-info, or 0), and a message for developers. */
export class PlayError extends Error {
  constructor(reason, code, message) {
    super(message);
    Object.assign(this, { reason, code });
  }
}

/** Asks where a video is; throws PlayError. */
export async function askPlayInfo({ server, appid, fileid, psign }, signal) {
  if (typeof fileid === "number") {
    throw new PlayError("attributes", 0, `fileid ${fileid} is a number and has lost its last digits; give a string`);
  }
  const path = `getplayinfo/v4/${encodeURIComponent(appid)}/${encodeURIComponent(fileid)}`;
  const url = new URL(psign ? `${path}?psign=${encodeURIComponent(psign)}` : path, `${server.replace(/\/+$/, "")}/`);
  let response, answer;
  try {
    response = await fetch(url, { signal, cache: "no-store" });
  } catch (error) {
    throw signal?.aborted ? error : new PlayError("network", 0, error.message);
  }
  try {
    answer = await response.json();
  } catch {
    answer = {};
  }
  const found = answer.code === 0 && read(answer.media);
  if (found) {
    return found;
  }
  const code = answer.code || 0;
  const message = answer.message || `the server answered with HTTP status ${response.status}`;
  const refused = /^psign has expired/.test(message) ? "expired" : "forbidden";
  throw new PlayError(code === 403 ? refused : REASONS[code] || "unavailable", code, message);
}

function read(media) {
  const file = media?.originalInfo || media?.transcodeInfo || media?.streamingInfo?.plainOutput;
  return file && {
    url: file.url,
    adaptive: /\.m3u8$/.test(new URL(file.url).pathname),
    name: media.basicInfo?.name || "",
    cover: media.basicInfo?.coverUrl || "",
    sprites: media.imageSpriteInfo?.webVttUrl || "",
  };
}

/** Makes a player of an element. */
export function createPlayer(element, options) {
  return new Player(element, options);
}

class Player {
  #element;
  #controls;
  #options;
  #asking = new AbortController();
  #hls = null;
  #url = "";
  #position = 0;
  #playing = false;
  #askedAt = 0;
  #wentOn = true;

  constructor(element, options) {
    this.#element = element;
    this.video = document.createElement("video");
    this.video.playsInline = true;
    this.#controls = controls(element, this.video, () => this.retry());
    const hear = (type, does) => this.video.addEventListener(type, does);
    hear("play", () => (this.#playing = true));
    hear("pause", () => (this.#playing = this.#playing && this.#url === ""));
    hear("ended", () => (this.#position = 0));
    hear("timeupdate", () => this.#goesOn());
    hear("waiting", () => this.#check(STALLED));
    hear("error", () => {
      const { code, message } = this.video.error || {};
      if (this.video.getAttribute("src") && !this.#hls) {
        this.#diagnose(code === 2 ? "network" : "undecodable", message || `MediaError ${code}`);
      }
    });
    this.load(options);
  }

  /** Another video, or the same with another psign: what is not given stays. */
  load(options) {
    const before = this.#options;
    const server = new URL("..", import.meta.url).href;
    this.#options = { server, language: document.documentElement.lang || navigator.language, checkInterval: 60, ...before, ...options };
    this.#controls.speak(textsIn(this.#options.language));
    const same = ["appid", "fileid", "server"].every((name) => before?.[name] === this.#options[name]);
    if (!same) {
      this.#stop();
      this.#position = 0;
      this.#playing = Boolean(this.#options.autoplay);
      Object.assign(this.video, { muted: Boolean(this.#options.muted), loop: Boolean(this.#options.loop) });
    }
    return this.retry();
  }

  /** Asks again, and goes on where the video broke off. */
  async retry() {
    this.#wentOn = true;
    if (this.#url === "") {
      this.#controls.wait();
    }
    await this.#ask((found) => found.url !== this.#url && this.#begin(found), (error) => this.#fail(error));
  }

  /** Takes the player away. */
  destroy() {
    this.#asking.abort();
    this.#stop();
    this.#controls.remove();
  }

  /** Asks play-info; a question before is dropped. */
  async #ask(then, otherwise) {
    this.#asking.abort();
    const asking = (this.#asking = new AbortController());
    this.#askedAt = Date.now();
    try {
      const found = await askPlayInfo(this.#options, asking.signal);
      if (!asking.signal.aborted) {
        await then(found);
      }
    } catch (error) {
      if (!asking.signal.aborted) {
        otherwise(error instanceof PlayError ? error : new PlayError("undecodable", 0, error.message));
      }
    }
  }

  async #begin(found) {
    const { video } = this;
    this.#drop();
    this.#url = found.url;
    video.poster = found.cover;
    this.#controls.show(found);
    this.#element.dispatchEvent(new CustomEvent("minivod-ready", { detail: found }));
    const resume = this.#position;
    if (found.adaptive && (await this.#stream(found.url, resume))) {
      return;
    }
    video.addEventListener("loadedmetadata", () => resume && (video.currentTime = resume), { once: true });
    video.src = found.url;
    this.#play();
  }

  /** HLS by hls.js, where the browser lets scripts feed videos; false: the browser has to play it by itself. */
  async #stream(url, startPosition) {
    const { default: Hls } = await import(HLS);
    if (!Hls.isSupported() || this.#url !== url) {
      return this.#url !== url;
    }
    const hls = (this.#hls = new Hls({ enableWorker: false, startPosition: startPosition || -1 }));
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      const choose = (index) => (hls.currentLevel = index);
      this.#controls.levels(hls.levels.map(({ height, width, bitrate }) => ({ lines: Math.min(height, width), bitrate })), choose);
      this.#play();
    });
    hls.on(Hls.Events.ERROR, (_event, data) => {
      if (data.fatal && hls === this.#hls) {
        this.#diagnose(data.type === Hls.ErrorTypes.NETWORK_ERROR ? "network" : "undecodable", data.details);
      }
    });
    hls.loadSource(url);
    hls.attachMedia(this.video);
    return true;
  }

  #play() {
    if (this.#playing) {
      this.video.play().catch(() => {}); // a browser may want a click first
    }
  }

  #goesOn() {
    if (this.#url !== "" && !this.video.seeking) {
      this.#wentOn ||= this.video.currentTime > this.#position;
      this.#position = this.video.currentTime;
      this.#check(this.#options.checkInterval * 1000);
    }
  }

  /** Whether the video still stands: what a browser has loaded already would play on after a withdrawal. */
  #check(interval) {
    if (this.#url !== "" && interval > 0 && Date.now() - this.#askedAt >= interval) {
      this.#ask(() => {}, (error) => error.reason === "unpublished" && this.#fail(error));
    }
  }

  /** The browser says little of why a video stops; play-info knows more. */
  #diagnose(reason, message) {
    const failed = this.#url;
    this.#playing = true; // that is what a retry is for
    this.#stop();
    this.#controls.wait();
    this.#ask(
      (found) => {
        if (found.url !== failed && this.#wentOn) { // a signed address has expired, and there is a new one
          this.#wentOn = false;
          return this.#begin(found);
        }
        return this.#fail(new PlayError(reason, 0, message));
      },
      (error) => this.#fail(error),
    );
  }

  #fail(error) {
    this.#stop();
    this.#controls.fail(error.reason);
    const { reason, code, message } = error;
    this.#element.dispatchEvent(new CustomEvent("minivod-error", { detail: { reason, code, message } }));
  }

  #drop() {
    this.#hls?.destroy();
    this.#hls = null;
  }

  #stop() {
    this.#url = "";
    this.#drop();
    this.#controls.levels([]);
    this.video.removeAttribute("src");
    this.video.load();
  }
}
