/** The component `<minivod-player appid fileid playerid server psign>`; docs/miniprogram.md says what each attribute is. */

const { Remote, register, unregister } = require("./context");
const { Controller } = require("./controller");
const { settings } = require("./settings");
const { textsIn } = require("./texts");
const { EVENTS, PROPERTIES, bothForms } = require("./video");

/** Id of `<video>` in the template; playerid is what its user chose, and may be anything. */
const VIDEO = "video";

/**
 * @typedef {object} Player What belongs to a component and is not drawn.
 * @property {Controller} controller
 * @property {Remote} remote
 * @property {string} playerid under which it is known
 * @property {string} video that was last asked for
 * @property {string} psign with which it was
 */

/** @type {WeakMap<object, Player>} */
const players = new WeakMap();

Component({
  properties: Object.assign({}, PROPERTIES, {
    appid: { type: String, optionalTypes: [Number], value: "" },
    fileid: { type: String, optionalTypes: [Number], value: "" },
    playerid: { type: String, value: "" },
    psign: { type: String, value: "" },
    server: { type: String, value: "" },
    width: { type: String, value: "100%" },
    height: { type: String, value: "225px" },
    language: { type: String, value: "" },
    checkInterval: { type: Number, value: 60 },
  }),

  data: {
    state: /** @type {"loading" | "ready" | "failed"} */ ("loading"),
    src: "",
    cover: "",
    levels: /** @type {import("./levels").Level[]} */ ([]),
    level: 0,
    failure: /** @type {import("./play-info").Failure | null} */ (null),
    choosing: false,
    texts: textsIn(""),
  },

  observers: {
    "appid, fileid, server, psign"() {
      this.follow();
    },
    playerid(playerid) {
      const player = players.get(this);
      if (player) {
        unregister(player.playerid, player.remote);
        player.playerid = playerid;
        register(playerid, player.remote);
      }
    },
    language(language) {
      this.setData({ texts: textsIn(language) });
    },
  },

  lifetimes: {
    attached() {
      const remote = new Remote(wx.createVideoContext(VIDEO, this));
      const controller = new Controller({
        remote,
        show: (shown, done) => this.setData(shown, done),
        failed: (failure) => this.failed(failure),
        wanted: () => this.wanted(),
        checkInterval: () => this.data.checkInterval,
      });
      const { playerid } = this.data;
      players.set(this, { controller, remote, playerid, video: "", psign: "" });
      register(playerid, remote);
      this.follow();
    },
    detached() {
      const player = players.get(this);
      if (player) {
        players.delete(this);
        unregister(player.playerid, player.remote);
        player.controller.close();
      }
    },
  },

  methods: {
    /** @returns {import("./play-info").Wanted} */
    wanted() {
      const { appid, fileid, psign, server } = this.data;
      return { appid, fileid, psign, server: server || settings.server };
    },

    /** Does what the attributes say, if they say something new. */
    follow() {
      const player = players.get(this);
      if (!player) {
        return;
      }
      const { appid, fileid, psign, server } = this.wanted();
      const video = JSON.stringify([appid, fileid, server]);
      const same = { video: video === player.video, psign: psign === player.psign };
      Object.assign(player, { video, psign });
      if (!same.video) {
        this.setData({ choosing: false });
        player.controller.load();
      } else if (!same.psign) {
        player.controller.renew();
      }
    },

    /**
     * The VideoContext, for scripts that have the component by selectComponent.
     *
     * @returns {WechatMiniprogram.VideoContext | undefined}
     */
    getContext() {
      const player = players.get(this);
      return player && player.remote.context;
    },

    /** Asks again and plays on; what the button does. */
    retry() {
      const player = players.get(this);
      if (player && this.data.state === "failed") {
        player.controller.retry();
      }
    },

    /** @param {import("./play-info").Failure} failure */
    failed(failure) {
      console.warn(`minivod-player: ${failure.reason}: ${failure.message}`);
      this.triggerEvent("error", bothForms("error", Object.assign({ errMsg: failure.message }, failure)));
    },

    /**
     * Every event of `<video>`.
     *
     * @param {{type: string, detail: any}} event
     */
    onVideo(event) {
      const player = players.get(this);
      if (player) {
        player.controller.hears(event.type, event.detail || {});
        if (EVENTS.indexOf(event.type) >= 0) {
          this.triggerEvent(event.type, bothForms(event.type, event.detail || {}));
        }
      }
    },

    onChoose() {
      this.setData({ choosing: !this.data.choosing });
    },

    /** @param {WechatMiniprogram.BaseEvent} event */
    onLevel(event) {
      const player = players.get(this);
      const index = Number(event.currentTarget.dataset.index);
      this.setData({ choosing: false });
      if (player) {
        player.controller.choose(this.data.levels, index);
      }
    },
  },
});
