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
}
