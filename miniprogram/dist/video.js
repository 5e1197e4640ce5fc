/** What the component passes on to `<video>` and from it. */

const yes = { type: Boolean, value: true };
const no = { type: Boolean, value: false };

/** Attributes of `<video>` with its defaults; in templates `danmu-list` and `danmuList` are the same. */
const PROPERTIES = {
  controls: yes,
  danmuList: { type: Array, value: /** @type {{text: string, color: string, time: number}[]} */ ([]) },
  danmuBtn: no,
  enableDanmu: no,
  autoplay: no,
  loop: no,
  muted: no,
  initialTime: { type: Number, value: 0 },
  // Without a number the device decides by the picture's shape, so that 0 must not be its default.
  direction: { type: null, value: /** @type {number | null} */ (null) },
  showProgress: yes,
  showFullscreenBtn: yes,
  showPlayBtn: yes,
  showCenterPlayBtn: yes,
  enableProgressGesture: yes,
  objectFit: { type: String, value: "contain" },
  poster: { type: String, value: "" },
  showMuteBtn: no,
  title: { type: String, value: "" },
  playBtnPosition: { type: String, value: "bottom" },
  enablePlayGesture: no,
  autoPauseIfNavigate: yes,
  autoPauseIfOpenNative: yes,
  vslideGesture: no,
  vslideGestureInFullscreen: yes,
  showScreenLockButton: no,
  showCastingButton: no,
  showBackgroundPlaybackButton: no,
  pictureInPictureMode: { type: null, value: /** @type {string | string[]} */ ("") },
  pictureInPictureShowProgress: no,
  enableAutoRotation: no,
  referrerPolicy: { type: String, value: "no-referrer" },
};

/** Events of `<video>`; `error` is the component's own, for it knows more of the reason. */
const EVENTS = [
  "play", "pause", "ended", "timeupdate", "fullscreenchange", "waiting", "progress", "loadedmetadata",
  "seekcomplete", "controlstoggle", "enterpictureinpicture", "leavepictureinpicture",
];

/**
 * A detail as the vendor documents it (`detail.currentTime`), and as its own demo reads it (`detail.detail.currentTime`).
 *
 * @param {string} type
 * @param {object} detail
 */
function bothForms(type, detail) {
  return Object.assign({}, detail, { detail, type });
}

module.exports = { EVENTS, PROPERTIES, bothForms };
