// Transcodes a video, publishes the result and waits for both, by the official Node SDK, as its users do.
// Arguments, one for each journey: {"endpoint": "host:port", "scheme": "http" or "https", "secretId": …,
// "secretKey": …, "fileId": …, "seconds": …, "look": true to only look at the video}. Prints a line of JSON for each.
"use strict"

const { Client } = require("tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_client")

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

  const look = () => client.DescribeMediaInfos({ FileIds: [told.fileId] })
  if (told.look) return { infos: await look() }
  const publication = { FileId: told.fileId, SourceDefinition: 10 }
  const refused = await client.WeChatMiniProgramPublish(publication).then(
    () => "",
    (error) => error.code,
  )
  const steps = { TranscodeTaskSet: [{ Definition: 10 }] }
  const processed = await finished((await client.ProcessMedia({ FileId: told.fileId, MediaProcessTask: steps })).TaskId)
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
