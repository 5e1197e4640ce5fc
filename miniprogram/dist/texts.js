/** What viewers read, in Chinese and English. */

/**
 * @typedef {object} Texts
 * @property {string} loading
 * @property {string} retry
 * @property {string} automatic the level that the player chooses
 * @property {Record<import("./play-info").Reason, string>} failures
 */

/** @type {Record<"zh" | "en", Texts>} */
const TEXTS = {
  zh: {
    loading: "加载中…",
    retry: "重试",
    automatic: "自动",
    failures: {
      attributes: "播放器参数有误",
      unpublished: "视频不存在或未发布",
      expired: "播放签名已过期",
      forbidden: "没有权限播放该视频",
      network: "网络异常，请检查网络后重试",
      unavailable: "服务暂时不可用，请稍后重试",
      undecodable: "此设备无法播放该视频",
    },
  },
  en: {
    loading: "Loading…",
    retry: "Retry",
    automatic: "Auto",
    failures: {
      attributes: "The player's attributes are wrong",
      unpublished: "This video does not exist or is not published",
      expired: "The permission to play this video has expired",
      forbidden: "You may not play this video",
      network: "The network failed; check it and try again",
      unavailable: "The server is unavailable; try again later",
      undecodable: "This device cannot play the video",
    },
  },
};

/**
 * The texts of a language.
 *
 * @param {string} language like zh_CN or en; empty: that of WeChat
 * @returns {Texts}
 */
function textsIn(language) {
  return TEXTS[/^zh/i.test(language || systemLanguage()) ? "zh" : "en"];
}

function systemLanguage() {
  const base = wx.getAppBaseInfo ? wx.getAppBaseInfo() : wx.getSystemInfoSync(); // the first since base library 2.20.1
  return base.language;
}

module.exports = { TEXTS, textsIn };
