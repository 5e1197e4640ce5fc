/** Uploads a video of the user's. Publishing it is the business of your backend, which has the keys. */

const { upload } = require("minivod-player");
const { signatureUrl } = require("../../config");

/** @returns {Promise<string>} */
function getSignature() {
  return new Promise((resolve, reject) => {
    wx.request({
      url: signatureUrl,
      success: (response) => resolve(String(response.data)),
      fail: (error) => reject(new Error(error.errMsg)),
    });
  });
}

Page({
  data: { busy: false, percent: 0, fileId: "", error: "" },

  onChoose() {
    wx.chooseMedia({
      count: 1,
      mediaType: ["video"],
      success: ({ tempFiles: [file] }) => this.send(file.tempFilePath, file.size),
    });
  },

  /**
   * @param {string} filePath
   * @param {number} size
   */
  send(filePath, size) {
    this.setData({ busy: true, percent: 0, fileId: "", error: "" });
    const onProgress = (/** @type {number} */ done) => this.setData({ percent: Math.round(done * 100) });
    upload({ getSignature, filePath, size, onProgress })
      .then(({ fileId }) => this.setData({ busy: false, fileId }))
      .catch((error) => this.setData({ busy: false, error: error.message }));
  },
});
