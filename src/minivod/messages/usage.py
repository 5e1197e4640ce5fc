"""What applications use: statistics, quotas."""

PAIRS = {
    # statistics
    "{name} {text} is not a time with its zone as ISO 8601 writes it (2030-01-31T00:00:00+08:00)": (
        "{name:word} {text} 不是带时区的 ISO 8601 时间（例如 2030-01-31T00:00:00+08:00）"
    ),
    "{name} {text} is not a date as ISO 8601 writes it (2030-01-31, or a time of that day)": (
        "{name:word} {text} 不是 ISO 8601 日期（例如 2030-01-31，或当天的某个时间）"
    ),
    "{end} is {last}, which is before {begin}, {first}": ("{end:word} 是 {last}，早于 {begin:word} 的 {first}"),
    "from {begin} to {end} there are {days} days; at most {most_days} may be asked for": (
        "{begin:word} 到 {end:word} 相隔 {days} 天；最多可查询 {most_days} 天"
    ),
    "{begin} is {first}, more than {oldest} days ago; ask for {oldest2} or later": (
        "{begin:word} 是 {first}，在 {oldest} 天以前；请查询 {oldest2} 或之后"
    ),
    "EndTime {end} is before StartTime {start}": ("EndTime {end} 早于 StartTime {start}"),
    "the Interval Minute takes at most 7 days; ask for the Interval Day": (
        "Interval 为 Minute 时最多可查询 7 天；请将 Interval 设为 Day"
    ),
    # plays
    "this server does not send published files itself (setting file_delivery), so it cannot count the "
    "traffic; use the Metric PlayTimes": (
        "本服务器不直接发送已发布的文件（设置项 file_delivery），因此无法统计流量；请将 Metric 设为 PlayTimes"
    ),
    # quotas
    "the application {sub_app_id} stores {bytes} bytes; {size} more would be over its quota of {bytes2}. "
    "DeleteMedia makes room, or the operator raises the quota": (
        "应用 {sub_app_id} 已存储 {bytes} 字节；再增加 {size} 字节将超过配额 {bytes2}。"
        "可用 DeleteMedia 腾出空间，或请运维人员提高配额"
    ),
    "the application {sub_app_id} stores {bytes} bytes, and its quota is {bytes2}. DeleteMedia makes "
    "room, or the operator raises the quota": (
        "应用 {sub_app_id} 已存储 {bytes} 字节，配额为 {bytes2}。可用 DeleteMedia 腾出空间，或请运维人员提高配额"
    ),
    "the application {sub_app_id} has {media} videos, and its quota is {media2}. DeleteMedia makes room, "
    "or the operator raises the quota": (
        "应用 {sub_app_id} 已有 {media} 个媒体，配额为 {media2}。可用 DeleteMedia 腾出空间，或请运维人员提高配额"
    ),
    "the application {sub_app_id} has {tasks} unfinished tasks and steps; {tasks2} more would be over its"
    " quota of {tasks3}. Wait until some have ended, or end some with ManageTask, or have the operator "
    "raise the quota": (
        "应用 {sub_app_id} 有 {tasks} 个未完成的任务和步骤；再增加 {tasks2} 个将超过配额 {tasks3}。"
        "请等待部分任务结束，或用 ManageTask 终止部分任务，或请运维人员提高配额"
    ),
}
