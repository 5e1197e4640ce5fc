"""Texts of the list of tasks and of the page of a task, in English and in Chinese."""

TASKS: dict[str, tuple[str, str]] = {
    "nav.tasks": ("Tasks", "任务"),
    "task.state.WAITING": ("waits", "等待中"),
    "task.state.PROCESSING": ("runs", "处理中"),
    "task.state.FINISH": ("done", "已完成"),
    "task.state.FAILED": ("failed", "失败"),
    "task.progress": ("Progress", "进度"),
    "task.type.WechatMiniProgramPublish": ("Publication", "小程序发布"),
    "task.type.Procedure": ("Processing", "任务流"),
    "task.type.PullUpload": ("Pull from a URL", "拉取上传"),
    "task.type.ReviewAudioVideo": ("Review", "音视频审核"),
}
