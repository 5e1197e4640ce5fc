// Uploads a video, transcodes it, publishes the result and waits for both, by the official Go SDKs, as their users do.
//
// Arguments, one for each journey: {"endpoint": "host:port", "scheme": "http" or "https", "secretId": …,
// "secretKey": …, "file": …, "seconds": …}; without "file", only looks at the video of the journey before. Prints a
// line of JSON for each.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	"github.com/tencentyun/cos-go-sdk-v5"
)

type told struct {
	Endpoint  string `json:"endpoint"`
	Scheme    string `json:"scheme"`
	SecretID  string `json:"secretId"`
	SecretKey string `json:"secretKey"`
	File      string `json:"file"`
	Seconds   int    `json:"seconds"`
}

type applied struct {
	VodSessionKey, MediaStoragePath string
	TempCertificate                 struct{ SecretId, SecretKey, Token string }
}

type object = map[string]any

type api struct {
	client  *common.Client
	seconds int
}

func (a api) call(action string, parameters object) (object, error) {
	request := tchttp.NewCommonRequest("vod", "2018-07-17", action)
	if err := request.SetActionParameters(parameters); err != nil {
		return nil, err
	}
	response := tchttp.NewCommonResponse()
	if err := a.client.Send(request, response); err != nil {
		return nil, err
	}
	var answer struct{ Response object }
	err := json.Unmarshal(response.GetBody(), &answer)
	return answer.Response, err
}

func (a api) must(action string, parameters object) object {
	answer, err := a.call(action, parameters)
	if err != nil {
		fail(err)
	}
	return answer
}

func (a api) wait(taskID any) object {
	for end := time.Now().Add(time.Duration(a.seconds) * time.Second); time.Now().Before(end); {
		detail := a.must("DescribeTaskDetail", object{"TaskId": taskID})
		if detail["Status"] == "FINISH" {
			return detail
		}
		time.Sleep(300 * time.Millisecond)
	}
	fail(fmt.Errorf("task %v did not end within %d s", taskID, a.seconds))
	return nil
}

// upload gives the FileId; the store's address is that of the API.
func (a api) upload(asked told) any {
	body, err := json.Marshal(a.must("ApplyUpload", object{"MediaType": "mp4", "MediaName": "片"}))
	if err != nil {
		fail(err)
	}
	var to applied
	if err := json.Unmarshal(body, &to); err != nil {
		fail(err)
	}
	key := to.TempCertificate
	store := cos.NewClient(
		&cos.BaseURL{BucketURL: &url.URL{Scheme: asked.Scheme, Host: asked.Endpoint}},
		&http.Client{Transport: &cos.AuthorizationTransport{SecretID: key.SecretId, SecretKey: key.SecretKey, SessionToken: key.Token}},
	)
	path := strings.TrimPrefix(to.MediaStoragePath, "/")
	parts := &cos.MultiUploadOptions{PartSize: 1, ThreadPoolSize: 3}
	if _, _, err := store.Object.Upload(context.Background(), path, asked.File, parts); err != nil {
		fail(err)
	}
	return a.must("CommitUpload", object{"VodSessionKey": to.VodSessionKey})["FileId"]
}

func main() {
	var video any
	for _, argument := range os.Args[1:] {
		var asked told
		if err := json.Unmarshal([]byte(argument), &asked); err != nil {
			fail(err)
		}
		settings := profile.NewClientProfile()
		settings.HttpProfile.Endpoint = asked.Endpoint
		settings.HttpProfile.Scheme = asked.Scheme
		credential := common.NewCredential(asked.SecretID, asked.SecretKey)
		server := api{common.NewCommonClient(credential, "ap-guangzhou", settings), asked.Seconds}
		if asked.File == "" {
			show(object{"infos": server.look(video)})
			continue
		}
		video = server.upload(asked)
		show(server.journey(video))
	}
}

func (a api) look(video any) object {
	return a.must("DescribeMediaInfos", object{"FileIds": []any{video}})
}

func (a api) journey(video any) object {
	publication := object{"FileId": video, "SourceDefinition": 10}
	_, refused := a.call("WeChatMiniProgramPublish", publication)
	code := ""
	if known, ok := refused.(*errors.TencentCloudSDKError); ok {
		code = known.GetCode()
	}
	steps := object{"TranscodeTaskSet": []object{{"Definition": 10}}}
	processed := a.must("ProcessMedia", object{"FileId": video, "MediaProcessTask": steps})
	transcoded := a.wait(processed["TaskId"])
	published := a.wait(a.must("WeChatMiniProgramPublish", publication)["TaskId"])
	return object{"refused": code, "processed": transcoded, "published": published, "infos": a.look(video)}
}

func show(got object) {
	if err := json.NewEncoder(os.Stdout).Encode(got); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
