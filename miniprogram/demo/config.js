/** What is to be changed before the first start. */

module.exports = {
  /** Base URL of the minivod server; must be a "request" domain of the Mini Program. */
  server: "https://vod.example.com",

  /** AppId of the account, or SubAppId of the application. */
  appid: "1300000001",

  /**
   * Published videos. A real Mini Program asks its own backend for them, which also signs the psign where the server
   * requires one: keys never belong into a Mini Program.
   */
  videos: [{ fileid: "5285485487985271487", title: "Big Buck Bunny", psign: "" }],

  /**
   * URL of your backend that answers an upload signature as plain text, to users whom it knows (docs/upload.md). Its
   * host must be a "request" domain of the Mini Program, too.
   */
  signatureUrl: "https://app.example.com/upload-signature",
};
