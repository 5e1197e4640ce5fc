/** The bar below a video, and what lies over it; knows nothing of play-info but texts and pictures. */

import { previews } from "./minivod-previews.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

function make(name, className, parent) {
  const element = document.createElement(name);
  element.className = className;
  parent.append(element);
  return element;
}

/** Drawn, because not every device has characters for them. */
const SHAPES = {
  play: "M5 3v10l8-5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  sound: "M2 6v4h3l4 3V3L5 6zM11 5.5a4 4 0 0 1 0 5zM12 3a6.5 6.5 0 0 1 0 10l1 1a8 8 0 0 0 0-12z",
  mute: "M2 6v4h3l4 3V3L5 6zM11 6l1-1 3.5 5-1 1zM15.5 6l-1-1L11 10l1 1z",
  full: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z",
};

function drawn(button, name) {
  if (button.dataset.icon !== name) {
    button.dataset.icon = name;
    const [picture, path] = ["svg", "path"].map((one) => document.createElementNS("http://www.w3.org/2000/svg", one));
    picture.setAttribute("viewBox", "0 0 16 16");
    picture.setAttribute("aria-hidden", "true");
    path.setAttribute("d", SHAPES[name]);
    picture.append(path);
    button.replaceChildren(picture);
  }
}

/** Seconds as 1:02:03. */
export function clock(seconds) {
  const whole = Number.isFinite(seconds) ? Math.floor(seconds) : 0;
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}

function options(select, texts, values, chosen) {
  select.replaceChildren(...texts.map((text, at) => new Option(text, values[at], false, values[at] === chosen)));
}

/** Fills the element; `retry` is called by the button of a failure. */
export function controls(root, video, retry) {
  let texts = {};
  let reason = "";
  root.classList.add("mv-player");
  const style = stylesheet();
  video.className = "mv-video";
  root.replaceChildren(video);
  const notice = make("div", "mv-notice", root);
  notice.setAttribute("role", "status");
  const words = make("div", "mv-words", notice);
  const again = make("button", "mv-retry", notice);
  const bar = make("div", "mv-bar", root);
  const play = make("button", "mv-play", bar);
  const time = make("span", "mv-time", bar);
  const at = make("span", "mv-at", time);
  const of = make("span", "mv-of", time); // what a narrow bar leaves out
  const track = make("div", "mv-track", bar);
  const seek = make("input", "mv-seek", track);
  Object.assign(seek, { type: "range", min: 0, max: 0, step: 0.1, value: 0 });
  const speed = make("select", "mv-speed", bar);
  options(speed, SPEEDS.map((one) => `${one}×`), SPEEDS, 1);
  const level = make("select", "mv-level", bar);
  level.hidden = true;
  const sound = make("button", "mv-sound", bar);
  const full = make("button", "mv-full", bar);
  for (const button of [again, play, sound, full]) {
    button.type = "button";
  }
  drawn(full, "full");
  const preview = previews(track, seek);

  const label = (element, text) => {
    element.setAttribute("aria-label", text);
    element.title = text;
  };
  const draw = () => {
    drawn(play, video.paused ? "play" : "pause");
    label(play, video.paused ? texts.play : texts.pause);
    drawn(sound, video.muted ? "mute" : "sound");
    label(sound, video.muted ? texts.unmute : texts.mute);
    at.textContent = clock(video.currentTime);
    of.textContent = ` / ${clock(video.duration)}`;
    seek.max = Number.isFinite(video.duration) ? video.duration : 0;
    if (!seek.matches(":active")) {
      seek.value = video.currentTime;
    }
    seek.setAttribute("aria-valuetext", time.textContent);
  };
  const toggle = () => (video.paused ? video.play().catch(() => {}) : video.pause());
  for (const type of ["play", "pause", "timeupdate", "durationchange", "volumechange", "emptied", "ended"]) {
    video.addEventListener(type, draw);
  }
  play.addEventListener("click", toggle);
  video.addEventListener("click", toggle);
  again.addEventListener("click", retry);
  seek.addEventListener("input", () => (video.currentTime = Number(seek.value)));
  speed.addEventListener("change", () => (video.playbackRate = video.defaultPlaybackRate = Number(speed.value)));
  sound.addEventListener("click", () => (video.muted = !video.muted));
  full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()));

  const say = (what) => {
    reason = what;
    notice.hidden = what === "";
    again.hidden = what === "" || what === "loading";
    words.textContent = texts[what] || "";
  };
  return {
    /** The language. */
    speak(given) {
      texts = given;
      again.textContent = texts.retry;
      [[full, texts.full], [seek, texts.position], [speed, texts.speed], [level, texts.level]].forEach((one) => label(...one));
      say(reason);
      draw();
    },
    wait: () => say("loading"),
    fail: (why) => say(why),
    /** A video is there. */
    show(found) {
      say("");
      preview.of(found.sprites);
    },
    /** Levels to choose from; `choose` is told the index of one, or -1 for automatic. */
    levels(found, choose) {
      const order = found.map((one, at) => ({ ...one, at })).sort((one, other) => other.lines - one.lines || other.bitrate - one.bitrate);
      const alone = (lines) => found.filter((one) => one.lines === lines).length === 1;
      const names = order.map(({ lines, bitrate }) => (alone(lines) ? `${lines}p` : `${lines}p ${Math.round(bitrate / 1000)}k`));
      options(level, [texts.automatic, ...names], [-1, ...order.map((one) => one.at)], -1);
      level.hidden = found.length < 2;
      level.onchange = () => choose(Number(level.value));
    },
    remove() {
      style.remove();
      root.classList.remove("mv-player");
      root.replaceChildren();
    },
  };
}

function stylesheet() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("minivod-player.css", import.meta.url).href;
  document.head.append(link);
  return link;
}
