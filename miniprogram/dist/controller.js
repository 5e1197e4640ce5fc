/** What a player does between its attributes and `<video>`: asks, plays, chooses levels, and says why it does not play. */

const { ask } = require("./play-info");
const { askLevels } = require("./levels");

/** A video that waits for data is looked after at most so often, ms. */
const STALLED = 1000;

/**
 * @typedef {import("./play-info").Failure} Failure
 * @typedef {import("./play-info").Wanted} Wanted
 * @typedef {import("./play-info").Found} Found
 * @typedef {import("./play-info").Asking} Asking
 * @typedef {import("./levels").Level} Level
 *
 * @typedef {object} Shown What the template is drawn by.
 * @property {"loading" | "ready" | "failed"} state
 * @property {string} src
 * @property {string} cover
 * @property {Level[]} levels the first is the automatic one, if there are any
 * @property {number} level index of the chosen one
 * @property {Failure | null} failure
 *
 * @typedef {object} View
 * @property {(shown: Partial<Shown>, done?: () => void) => void} show
 * @property {(failure: Failure) => void} failed
 * @property {() => Wanted} wanted
 * @property {() => number} checkInterval seconds; 0: never
 * @property {import("./context").Remote} remote
 */

class Controller {
  /** @param {View} view */
  constructor(view) {
    this.view = view;
    /** @type {Asking[]} */
    this.asking = [];
    this.src = "";
    /** The address that play-info told; `src` is that of a level of it, maybe. */
    this.url = "";
    this.position = 0;
    this.playing = false;
    this.askedAt = 0;
    /** Whether the video has gone on since its address was last renewed without anybody's asking. */
    this.wentOn = true;
    /** @type {number} Where to go on as soon as the video can seek; 0: from its beginning. */
    this.resumeAt = 0;
  }

  /** Another video: from its beginning. */
  load() {
    this.position = 0;
    this.resumeAt = 0;
    this.playing = false;
    this.wentOn = true;
    this.url = "";
    this.stop({ state: "loading", cover: "", failure: null, levels: [], level: 0 });
    this.ask((found) => this.begin(found), (failure) => this.fail(failure));
  }

  /** The same video with another psign: what plays goes on where it is. */
  renew() {
    if (this.url === "") {
      this.retry();
      return;
    }
    this.ask(
      (found) => {
        if (found.url !== this.url) {
          this.begin(found);
        }
      },
      (failure) => this.fail(failure),
    );
  }

  /** After a failure, as the viewer wants it: where it broke off. */
  retry() {
    this.wentOn = true;
    this.view.show({ state: "loading", failure: null });
    this.ask((found) => this.begin(found), (failure) => this.fail(failure));
  }

  /** The component goes. */
  close() {
    this.abort();
    this.view.remote.close();
  }

  /**
   * Chooses a level; playback goes on where it is.
   *
   * @param {Level[]} levels
   * @param {number} index
   */
  choose(levels, index) {
    const level = levels[index];
    if (level && level.url !== this.src) {
      this.play(level.url, { level: index });
    }
  }

  /**
   * What `<video>` tells.
   *
   * @param {string} type
   * @param {any} detail
   */
  hears(type, detail) {
    if (this.src === "") {
      return;
    }
    if (type === "play") {
      this.playing = true;
    } else if (type === "pause" || type === "ended") {
      this.playing = false;
      this.position = type === "ended" ? 0 : this.position;
    } else if ((type === "loadedmetadata" || type === "timeupdate") && this.resumeAt > 0) {
      this.view.remote.native.seek(this.resumeAt);
      this.resumeAt = 0;
    } else if (type === "timeupdate") {
      this.wentOn = this.wentOn || detail.currentTime > this.position;
      this.position = detail.currentTime;
      this.check(this.view.checkInterval() * 1000);
    } else if (type === "waiting") {
      this.check(STALLED);
    } else if (type === "error") {
      this.diagnose(detail);
    }
  }

  /**
   * Whether the video still stands: what a phone has loaded already would play on after a withdrawal, and what it
   * cannot load any more it asks for again and again before it gives up.
   *
   * @param {number} interval ms since the last question; 0: never
   */
  check(interval) {
    if (interval > 0 && Date.now() - this.askedAt >= interval && this.asking.length === 0) {
      this.ask(() => {}, (failure) => {
        if (failure.reason === "unpublished") { // a psign may expire meanwhile, and the network is the video's business
          this.fail(failure);
        }
      });
    }
  }

  /**
   * `<video>` says little of why it stopped, and each phone something else; play-info knows more.
   *
   * @param {{errMsg?: string}} detail
   */
  diagnose(detail) {
    const message = String(detail.errMsg || "");
    const failed = this.src;
    this.playing = true; // that is what a retry is for
    this.stop({ state: "loading" });
    this.ask(
      (found) => {
        if (found.url !== this.url && this.wentOn) { // a signed address has expired, and there is a new one
          this.wentOn = false;
          this.begin(found);
        } else {
          const reason = /network/i.test(message) ? "network" : "undecodable";
          this.fail({ reason, code: 0, message: `${failed.split("?")[0]}: ${message}` });
        }
      },
      (failure) => this.fail(failure),
    );
  }

  /**
   * Asks play-info; an earlier question is dropped.
   *
   * @param {(found: Found) => void} then
   * @param {(failure: Failure) => void} otherwise
   */
  ask(then, otherwise) {
    this.abort();
    this.askedAt = Date.now();
    this.follow((done) => ask(this.view.wanted(), done), (failure, found) => {
      if (found) {
        then(found);
      } else {
        otherwise(/** @type {Failure} */ (failure));
      }
    });
  }

  /**
   * Keeps a request until its end, so that it can be dropped.
   *
   * @param {(done: (...told: any[]) => void) => Asking} request
   * @param {(...told: any[]) => void} done
   */
  follow(request, done) {
    let over = false;
    /** @type {Asking | undefined} */
    let asking = undefined;
    asking = request((...told) => {
      over = true;
      this.asking = this.asking.filter((one) => one !== asking);
      done(...told);
    });
    if (!over) {
      this.asking.push(asking);
    }
  }

  abort() {
    const asking = this.asking;
    this.asking = [];
    asking.forEach((one) => one.abort());
  }

  /** @param {Found} found */
  begin(found) {
    this.url = found.url;
    this.play(found.url, { cover: found.cover, levels: [], level: 0 });
    if (found.adaptive) {
      this.follow(
        (done) => askLevels(found.url, done),
        (levels) => this.view.show({ levels: levels.length ? [{ name: "", url: found.url }].concat(levels) : [] }),
      );
    }
  }

  /**
   * Gives `<video>` an address; what was played of the same video before goes on there.
   *
   * @param {string} url
   * @param {Partial<Shown>} shown
   */
  play(url, shown) {
    const goesOn = this.playing;
    this.resumeAt = this.position;
    this.src = url;
    this.view.show(Object.assign({ state: "ready", src: url, failure: null }, shown), () => {
      if (this.src === url) {
        this.view.remote.open();
        if (goesOn) {
          this.view.remote.native.play();
        }
      }
    });
  }

  /**
   * Takes the video away from `<video>`.
   *
   * @param {Partial<Shown>} shown
   */
  stop(shown) {
    this.src = "";
    this.view.remote.close();
    this.view.show(Object.assign({ src: "" }, shown));
  }

  /** @param {Failure} failure */
  fail(failure) {
    this.url = "";
    this.stop({ state: "failed", failure, levels: [], level: 0 });
    this.view.failed(failure);
  }
}

module.exports = { Controller };
