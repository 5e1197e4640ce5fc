// Transcodes a video, publishes the result and waits for both, by the official Go SDK, as its users do.
//
// Arguments, one for each journey: {"endpoint": "host:port", "scheme": "http" or "https", "secretId": …,
// "secretKey": …, "fileId": …, "seconds": …, "look": true to only look at the video}. Prints a line of JSON for each.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

type told struct {
	Endpoint  string `json:"endpoint"`
	Scheme    string `json:"scheme"`
	SecretID  string `json:"secretId"`
	SecretKey string `json:"secretKey"`
	FileID    string `json:"fileId"`
	Seconds   int    `json:"seconds"`
	Look      bool   `json:"look"`
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

func main() {
	for _, argument := range os.Args[1:] {
		var asked told
		if err := json.Unmarshal([]byte(argument), &asked); err != nil {
			fail(err)
		}
		show(journey(asked))
	}
}

func journey(asked told) object {
	settings := profile.NewClientProfile()
	settings.HttpProfile.Endpoint = asked.Endpoint
	settings.HttpProfile.Scheme = asked.Scheme
	credential := common.NewCredential(asked.SecretID, asked.SecretKey)
	server := api{common.NewCommonClient(credential, "ap-guangzhou", settings), asked.Seconds}

	look := func() object {
		return server.must("DescribeMediaInfos", object{"FileIds": []string{asked.FileID}})
	}
	if asked.Look {
		return object{"infos": look()}
	}
	publication := object{"FileId": asked.FileID, "SourceDefinition": 10}
	_, refused := server.call("WeChatMiniProgramPublish", publication)
	code := ""
	if known, ok := refused.(*errors.TencentCloudSDKError); ok {
		code = known.GetCode()
	}
	steps := object{"TranscodeTaskSet": []object{{"Definition": 10}}}
	processed := server.must("ProcessMedia", object{"FileId": asked.FileID, "MediaProcessTask": steps})
	transcoded := server.wait(processed["TaskId"])
	published := server.wait(server.must("WeChatMiniProgramPublish", publication)["TaskId"])
	return object{"refused": code, "processed": transcoded, "published": published, "infos": look()}
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
