/** The players that are on a page, by playerid, and what scripts do to them. */

/** Methods of wx's VideoContext. */
const METHODS = [
  "play", "pause", "stop", "seek", "playbackRate", "sendDanmu", "requestFullScreen", "exitFullScreen",
  "showStatusBar", "hideStatusBar", "exitPictureInPicture", "requestBackgroundPlayback", "exitBackgroundPlayback",
  "startCasting", "reconnectCasting", "switchCasting", "exitCasting",
];

/** Calls of which the later one takes back the earlier one. */
const OPPOSITES = { play: ["pause", "stop"], pause: ["play"], stop: ["play"] };

/** @type {Map<string, Remote>} */
const remotes = new Map();

/**
 * A VideoContext whose calls wait for the video: before its address is known, the native one would drop them.
 */
class Remote {
  /** @param {any} native what wx.createVideoContext gives */
  constructor(native) {
    this.native = native;
    this.ready = false;
    /** @type {Map<string, any[]>} The last call of each method that waits. */
    this.waiting = new Map();
    /** @type {WechatMiniprogram.VideoContext} */
    this.context = /** @type {any} */ ({});
    const context = /** @type {any} */ (this.context);
    for (const name of METHODS) {
      if (typeof native[name] === "function") {
        context[name] = (/** @type {any[]} */ ...given) => this.call(name, given);
      }
    }
  }

  /**
   * Calls the native method, now or when the video is there.
   *
   * @param {string} name
   * @param {any[]} given
   */
  call(name, given) {
    if (this.ready) {
      return this.native[name](...given);
    }
    const opposites = /** @type {Record<string, string[]>} */ (OPPOSITES)[name] || [];
    opposites.forEach((one) => this.waiting.delete(one));
    this.waiting.set(name, given);
    return undefined;
  }

  /** The video is there: what waits is called. */
  open() {
    this.ready = true;
    const waiting = Array.from(this.waiting);
    this.waiting.clear();
    waiting.forEach(([name, given]) => this.native[name](...given));
  }

  /** The video is away, and calls wait again. */
  close() {
    this.ready = false;
  }
}

/**
 * What a script does to a player, as `requirePlugin("…").getContext(playerid)` gave it.
 *
 * @param {string} playerid
 * @returns {WechatMiniprogram.VideoContext | undefined} undefined: no such player is on a page
 */
function getContext(playerid) {
  const remote = remotes.get(String(playerid));
  return remote && remote.context;
}

/**
 * Of two players with one playerid the later one is meant.
 *
 * @param {string} playerid
 * @param {Remote} remote
 */
function register(playerid, remote) {
  if (playerid) {
    remotes.set(playerid, remote);
  }
}

/**
 * Forgets a player, unless another one has taken its playerid.
 *
 * @param {string} playerid
 * @param {Remote} remote
 */
function unregister(playerid, remote) {
  if (remotes.get(playerid) === remote) {
    remotes.delete(playerid);
  }
}

module.exports = { METHODS, Remote, getContext, register, unregister };
