// Calls a server by the official Node SDK, as its users do; prints what it got as one JSON object.
// Argument: {"endpoint": "host:port", "secretId": …, "secretKey": …, "signMethod": …, "reqMethod": …, "fileId": …}
"use strict"

const { Client } = require("tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_client")

const told = JSON.parse(process.argv[2])

const client = new Client({
  credential: { secretId: told.secretId, secretKey: told.secretKey },
  region: "ap-guangzhou",
  profile: {
    signMethod: told.signMethod,
    httpProfile: { protocol: "http://", endpoint: told.endpoint, reqMethod: told.reqMethod, reqTimeout: 30 },
  },
})

async function attempt(call) {
  try {
    return { answer: await call() }
  } catch (error) {
    return { error: { code: error.code, message: error.message, requestId: error.requestId } }
  }
}

async function main() {
  const unknown = "5285485487985271487"
  const got = {
    applied: await attempt(() => client.ApplyUpload({ MediaType: "mp4", MediaName: "视频 & 1+1=2" })),
    refused: await attempt(() => client.WeChatMiniProgramPublish({ FileId: unknown })),
    invalid: await attempt(() => client.WeChatMiniProgramPublish({ FileId: told.fileId, SourceDefinition: 100030 })),
    described: await attempt(() =>
      client.DescribeMediaInfos({ FileIds: [told.fileId, unknown], Filters: ["basicInfo", "metaData"] }),
    ),
    published: await attempt(() => client.WeChatMiniProgramPublish({ FileId: told.fileId })),
    deleted: await attempt(() =>
      client.DeleteMedia({
        FileId: told.fileId,
        DeleteParts: [{ Type: "TranscodeFiles", Definition: 10 }, { Type: "WechatMiniProgramPublishFiles" }],
      }),
    ),
    pulled: await attempt(() => client.PullEvents({})),
  }
  const handles = got.pulled.answer ? got.pulled.answer.EventSet.map((event) => event.EventHandle) : ["none"]
  got.confirmed = await attempt(() => client.ConfirmEvents({ EventHandles: handles }))
  got.stale = await attempt(() => client.ConfirmEvents({ EventHandles: [...handles, "stale"] }))
  process.stdout.write(JSON.stringify(got))
}

main()
