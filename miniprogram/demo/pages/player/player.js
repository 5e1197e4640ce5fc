/** One video: events to the page, and buttons to the player. */

const { getContext } = require("minivod-player");
const { appid, videos } = require("../../config");

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

Page({
  data: { appid, fileid: "", psign: "", title: "", time: "", playing: false, error: "" },

  position: 0,

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    const video = videos[Number(query.index)];
    if (video) {
      this.setData(video);
    }
  },

  onPlay() {
    this.setData({ playing: true, error: "" });
  },

  onPause() {
    this.setData({ playing: false });
  },

  /** @param {{detail: {currentTime: number, duration: number}}} event */
  onTime({ detail }) {
    this.position = detail.currentTime;
    this.setData({ time: `${clock(detail.currentTime)} / ${clock(detail.duration)}` });
  },

  /** @param {{detail: {reason: string, message: string}}} event */
  onError({ detail }) {
    this.setData({ playing: false, error: `${detail.reason}: ${detail.message}` });
  },

  onToggle() {
    const context = getContext("player");
    if (context) {
      (this.data.playing ? context.pause : context.play)();
    }
  },

  onBack() {
    const context = getContext("player");
    if (context) {
      context.seek(Math.max(this.position - 10, 0));
    }
  },
});
