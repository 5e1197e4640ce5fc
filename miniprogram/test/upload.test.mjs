/** The uploader, whose server is the test. */

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { test } from "node:test";

import { packaged } from "./bundle.mjs";
import { modules } from "./runtime.mjs";

const SERVER = "https://vod.example.com";
const MB = 1024 * 1024;
const KEY = { secretId: "AKIDtemporary", secretKey: "secret", token: "token", expiredTime: 1700007200 };
const SESSION = {
  code: 0,
  data: { video: { storagePath: "/vod_upload/1/a/v.mp4" }, vodSessionKey: "session", timestamp: 1700000000, tempCertificate: KEY },
};
const DONE = { code: 0, data: { fileId: "5285485487985271487", video: { url: `${SERVER}/f0.mp4` } } };

/** What the server says, in its order: an answer, a status, or how the request fails. */
function uploading(answers, given = {}) {
  const requests = [];
  const reads = [];
  const wx = {
    request(options) {
      requests.push(options);
      const answer = answers[requests.length - 1];
      setImmediate(() =>
        answer === undefined ? options.fail({ errMsg: "request:fail nobody" })
          : typeof answer === "number" ? options.success({ statusCode: answer, data: "<Message>no</Message>", header: {} })
            : options.success({ statusCode: 200, data: answer, header: { ETag: `"${requests.length}"` } }));
    },
    getFileSystemManager: () => ({
      readFile({ position, length, success }) {
        reads.push([position, length]);
        setImmediate(() => success({ data: new ArrayBuffer(length) }));
      },
    }),
  };
  const { upload } = modules(packaged(), () => ({ wx }))("minivod-player/index");
  const progress = [];
  const done = upload({
    server: `${SERVER}/`,
    getSignature: async () => `signature ${requests.length}`,
    filePath: "wxfile://tmp/clip.MP4",
    size: 9 * MB,
    onProgress: (one) => progress.push(one),
    ...given,
  });
  return { done, requests, reads, progress };
}

const BEGUN = "<InitiateMultipartUploadResult><UploadId>abc</UploadId></InitiateMultipartUploadResult>";
const WHOLE = [SESSION, BEGUN, "", "", "", "<CompleteMultipartUploadResult/>", DONE];

test("a video is sent in parts, and committed", async () => {
  const { done, requests, reads, progress } = uploading(WHOLE);
  assert.deepEqual(await done, { fileId: DONE.data.fileId, url: DONE.data.video.url });
  assert.deepEqual(requests.map((one) => `${one.method} ${one.url.slice(SERVER.length)}`), [
    "POST /v3/index.php?Action=ApplyUploadUGC",
    "POST /vod_upload/1/a/v.mp4?uploads=",
    "PUT /vod_upload/1/a/v.mp4?partNumber=1&uploadId=abc",
    "PUT /vod_upload/1/a/v.mp4?partNumber=2&uploadId=abc",
    "PUT /vod_upload/1/a/v.mp4?partNumber=3&uploadId=abc",
    "POST /vod_upload/1/a/v.mp4?uploadId=abc",
    "POST /v3/index.php?Action=CommitUploadUGC",
  ]);
  assert.deepEqual(requests[0].data, { signature: "signature 0", videoName: "clip", videoType: "mp4", videoSize: 9 * MB });
  assert.deepEqual(requests[6].data, { signature: "signature 6", vodSessionKey: "session" });
  assert.deepEqual(reads, [[0, 4 * MB], [4 * MB, 4 * MB], [8 * MB, MB]]);
  assert.deepEqual(progress, [4 / 9, 8 / 9, 1]);
  assert.match(requests[5].data, /<Part><PartNumber>2<\/PartNumber><ETag>"4"<\/ETag><\/Part>/);
  assert.equal(requests[2].header["x-cos-security-token"], "token");
});

test("what fails on the way is sent again, what is refused is not", async () => {
  const again = uploading([SESSION, BEGUN, 503, undefined, "", "", "", "<CompleteMultipartUploadResult/>", undefined, DONE]);
  assert.equal((await again.done).fileId, DONE.data.fileId);
  const refused = uploading([SESSION, BEGUN, 403]);
  await assert.rejects(refused.done, { message: "HTTP status 403: no", code: 0 });
  const lost = uploading([SESSION, BEGUN]);
  await assert.rejects(lost.done, { message: "request:fail nobody" });
  assert.equal(lost.requests.length, 5);
});

test("the code of a refusal is told, and a session is never opened twice", async () => {
  const { done, requests } = uploading([{ code: 10003, message: "the signature has expired" }]);
  await assert.rejects(done, { message: "ApplyUploadUGC: the signature has expired", code: 10003 });
  assert.equal(requests.length, 1);
  await assert.rejects(uploading([]).done, { message: "request:fail nobody" });
});

test("a backend that gives no signature ends it", async () => {
  const { done, requests } = uploading([], { getSignature: () => Promise.reject(new Error("log in first")) });
  await assert.rejects(done, /log in first/);
  assert.equal(requests.length, 0);
});

test("HMAC-SHA1 is that of others, around the borders of blocks", () => {
  const { hmacSha1Hex, sha1Hex } = modules(packaged(), () => ({}))("minivod-player/hmac");
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 500]) {
    const text = "a~".repeat(length).slice(0, length);
    assert.equal(sha1Hex(text), crypto.createHash("sha1").update(text).digest("hex"));
    for (const key of ["k", "x".repeat(64), "y".repeat(65)]) {
      assert.equal(hmacSha1Hex(key, text), crypto.createHmac("sha1", key).update(text).digest("hex"));
    }
  }
});
