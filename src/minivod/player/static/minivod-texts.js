/** What viewers read, in Chinese and English. */

const ZH = {
  play: "播放", pause: "暂停", mute: "静音", unmute: "取消静音", full: "全屏", position: "播放位置",
  speed: "倍速", level: "清晰度", automatic: "自动", loading: "加载中…", retry: "重试",
  attributes: "播放器参数有误", unpublished: "视频不存在或未发布", expired: "播放签名已过期",
  forbidden: "没有权限播放该视频", network: "网络异常，请检查网络后重试",
  unavailable: "服务暂时不可用，请稍后重试", undecodable: "此浏览器无法播放该视频",
};
const EN = {
  play: "Play", pause: "Pause", mute: "Mute", unmute: "Unmute", full: "Full screen", position: "Position",
  speed: "Speed", level: "Quality", automatic: "Auto", loading: "Loading…", retry: "Retry",
  attributes: "The player's attributes are wrong", unpublished: "This video does not exist or is not published",
  expired: "The permission to play this video has expired", forbidden: "You may not play this video",
  network: "The network failed; check it and try again", unavailable: "The server is unavailable; try again later",
  undecodable: "This browser cannot play the video",
};

/** The texts of a language like zh-CN or en. */
export function textsIn(language) {
  return /^zh/i.test(language) ? ZH : EN;
}
