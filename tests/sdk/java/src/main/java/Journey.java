import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicSessionCredentials;
import com.qcloud.cos.endpoint.UserSpecifiedEndpointBuilder;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.region.Region;
import com.qcloud.cos.transfer.TransferManager;
import com.qcloud.cos.transfer.TransferManagerConfiguration;
import com.tencentcloudapi.common.AbstractModel;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;
import com.tencentcloudapi.vod.v20180717.VodClient;
import com.tencentcloudapi.vod.v20180717.models.ApplyUploadRequest;
import com.tencentcloudapi.vod.v20180717.models.ApplyUploadResponse;
import com.tencentcloudapi.vod.v20180717.models.CommitUploadRequest;
import com.tencentcloudapi.vod.v20180717.models.DescribeMediaInfosRequest;
import com.tencentcloudapi.vod.v20180717.models.DescribeTaskDetailRequest;
import com.tencentcloudapi.vod.v20180717.models.DescribeTaskDetailResponse;
import com.tencentcloudapi.vod.v20180717.models.MediaProcessTaskInput;
import com.tencentcloudapi.vod.v20180717.models.ProcessMediaRequest;
import com.tencentcloudapi.vod.v20180717.models.TempCertificate;
import com.tencentcloudapi.vod.v20180717.models.TranscodeTaskInput;
import com.tencentcloudapi.vod.v20180717.models.WeChatMiniProgramPublishRequest;
import java.io.File;

/**
 * Uploads a video, transcodes it, publishes the result and waits for both, by the official Java SDKs, as their users
 * do.
 *
 * <p>Arguments, one for each journey: {"endpoint": "host:port", "scheme": "http" or "https", "secretId": …,
 * "secretKey": …, "file": …, "seconds": …}; without "file", only looks at the video of the journey before. Prints a
 * line of JSON for each.
 */
public final class Journey {
  private static String video;

  private final VodClient client;
  private final long seconds;

  private Journey(VodClient client, long seconds) {
    this.client = client;
    this.seconds = seconds;
  }

  public static void main(String[] arguments) throws Exception {
    for (String argument : arguments) {
      System.out.println(journey(JsonParser.parseString(argument).getAsJsonObject()));
    }
  }

  private static JsonObject journey(JsonObject told) throws Exception {
    HttpProfile http = new HttpProfile();
    http.setEndpoint(told.get("endpoint").getAsString());
    http.setProtocol(told.get("scheme").getAsString() + "://");
    ClientProfile profile = new ClientProfile();
    profile.setHttpProfile(http);
    Credential credential = new Credential(told.get("secretId").getAsString(), told.get("secretKey").getAsString());
    VodClient client = new VodClient(credential, "ap-guangzhou", profile);
    Journey journey = new Journey(client, told.get("seconds").getAsLong());
    if (!told.has("file")) {
      return journey.look(video);
    }
    video = journey.upload(told);
    return journey.run(video);
  }

  /** The FileId; the store's address is that of the API. */
  private String upload(JsonObject told) throws Exception {
    ApplyUploadRequest apply = new ApplyUploadRequest();
    apply.setMediaType("mp4");
    apply.setMediaName("片");
    ApplyUploadResponse applied = client.ApplyUpload(apply);

    TempCertificate key = applied.getTempCertificate();
    ClientConfig config = new ClientConfig(new Region(applied.getStorageRegion()));
    config.setHttpProtocol(HttpProtocol.valueOf(told.get("scheme").getAsString()));
    String endpoint = told.get("endpoint").getAsString();
    config.setEndpointBuilder(new UserSpecifiedEndpointBuilder(endpoint, endpoint));
    COSClient store =
        new COSClient(new BasicSessionCredentials(key.getSecretId(), key.getSecretKey(), key.getToken()), config);
    TransferManager transfers = new TransferManager(store);
    TransferManagerConfiguration parts = new TransferManagerConfiguration();
    parts.setMultipartUploadThreshold(1024 * 1024);
    parts.setMinimumUploadPartSize(1024 * 1024);
    transfers.setConfiguration(parts);
    String path = applied.getMediaStoragePath().substring(1);
    File file = new File(told.get("file").getAsString());
    transfers.upload(applied.getStorageBucket(), path, file).waitForUploadResult();
    transfers.shutdownNow(true);

    CommitUploadRequest commit = new CommitUploadRequest();
    commit.setVodSessionKey(applied.getVodSessionKey());
    return client.CommitUpload(commit).getFileId();
  }

  private JsonObject run(String fileId) throws Exception {
    JsonObject got = new JsonObject();
    WeChatMiniProgramPublishRequest publication = new WeChatMiniProgramPublishRequest();
    publication.setFileId(fileId);
    publication.setSourceDefinition(10L);
    try {
      client.WeChatMiniProgramPublish(publication);
    } catch (TencentCloudSDKException refused) {
      got.addProperty("refused", refused.getErrorCode());
    }
    TranscodeTaskInput transcode = new TranscodeTaskInput();
    transcode.setDefinition(10L);
    MediaProcessTaskInput steps = new MediaProcessTaskInput();
    steps.setTranscodeTaskSet(new TranscodeTaskInput[] {transcode});
    ProcessMediaRequest process = new ProcessMediaRequest();
    process.setFileId(fileId);
    process.setMediaProcessTask(steps);
    got.add("processed", json(finished(client.ProcessMedia(process).getTaskId())));
    got.add("published", json(finished(client.WeChatMiniProgramPublish(publication).getTaskId())));
    got.add("infos", look(fileId).get("infos"));
    return got;
  }

  private JsonObject look(String fileId) throws Exception {
    JsonObject got = new JsonObject();
    DescribeMediaInfosRequest infos = new DescribeMediaInfosRequest();
    infos.setFileIds(new String[] {fileId});
    got.add("infos", json(client.DescribeMediaInfos(infos)));
    return got;
  }

  private DescribeTaskDetailResponse finished(String taskId) throws Exception {
    DescribeTaskDetailRequest request = new DescribeTaskDetailRequest();
    request.setTaskId(taskId);
    for (long end = System.nanoTime() + seconds * 1_000_000_000L; System.nanoTime() < end; Thread.sleep(300)) {
      DescribeTaskDetailResponse detail = client.DescribeTaskDetail(request);
      if (detail.getStatus().equals("FINISH")) {
        return detail;
      }
    }
    throw new IllegalStateException("task " + taskId + " did not end within " + seconds + " s");
  }

  private static JsonObject json(AbstractModel model) {
    return new Gson().toJsonTree(model).getAsJsonObject();
  }
}
