// Uploads a video, transcodes it, publishes the result and waits for both, by the official Node SDKs, as their users do.
// Arguments, one for each journey: {"endpoint": "host:port", "scheme": "http" or "https", "secretId": …,
// "secretKey": …, "file": …, "seconds": …}; without "file", only looks at the video of the journey before. Prints a
// line of JSON for each.
"use strict"

const COS = require("cos-nodejs-sdk-v5")
const { Client } = require("tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_client")

let video

// The FileId; the store's address is that of the API.
async function upload(client, told) {
  const applied = await client.ApplyUpload({ MediaType: "mp4", MediaName: "片" })
  const key = applied.TempCertificate
  const store = new COS({
    SecretId: key.SecretId,
    SecretKey: key.SecretKey,
    SecurityToken: key.Token,
    Domain: told.endpoint,
    Protocol: `${told.scheme}:`,
  })
  await store.uploadFile({
    Bucket: applied.StorageBucket,
    Region: applied.StorageRegion,
    Key: applied.MediaStoragePath.slice(1),
    FilePath: told.file,
    SliceSize: 1024 * 1024,
  })
  return (await client.CommitUpload({ VodSessionKey: applied.VodSessionKey })).FileId
}

async function journey(told) {
  const client = new Client({
    credential: { secretId: told.secretId, secretKey: told.secretKey },
    region: "ap-guangzhou",
    profile: { httpProfile: { protocol: `${told.scheme}://`, endpoint: told.endpoint, reqTimeout: 30 } },
  })

  async function finished(TaskId) {
    for (const end = Date.now() + told.seconds * 1000; Date.now() < end; ) {
      const detail = await client.DescribeTaskDetail({ TaskId })
      if (detail.Status === "FINISH") return detail
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    throw new Error(`task ${TaskId} did not end within ${told.seconds} s`)
  }

  const look = () => client.DescribeMediaInfos({ FileIds: [video] })
  if (!told.file) return { infos: await look() }
  video = await upload(client, told)
  const publication = { FileId: video, SourceDefinition: 10 }
  const refused = await client.WeChatMiniProgramPublish(publication).then(
    () => "",
    (error) => error.code,
  )
  const steps = { TranscodeTaskSet: [{ Definition: 10 }] }
  const processed = await finished((await client.ProcessMedia({ FileId: video, MediaProcessTask: steps })).TaskId)
  const published = await finished((await client.WeChatMiniProgramPublish(publication)).TaskId)
  return { refused, processed, published, infos: await look() }
}

async function main() {
  for (const argument of process.argv.slice(2)) {
    process.stdout.write(`${JSON.stringify(await journey(JSON.parse(argument)))}\n`)
  }
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
