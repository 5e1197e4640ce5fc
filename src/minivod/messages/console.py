"""What users of the console read beside what callers do: of signed links, of receivers, and of signatures."""

PAIRS: dict[str, str] = {
    "t must be the Unix time of the expiry as 8 hexadecimal digits, such as 6a4b3c2d": (
        "t 须为到期的 Unix 时间，写作 8 位十六进制数，例如 6a4b3c2d"
    ),
    "exper must be a number of seconds, at most 9999999, without zeros in front": (
        "exper 须为秒数，最大 9999999，前面不能有零"
    ),
    "rlimit must be one digit, 0 to 9": "rlimit 须为一位数字，0 至 9",
    "us must be at most {longest_us} characters, all of them printable": (
        "us 最多 {longest_us:number} 个字符，且须均可显示"
    ),
    "exper or rlimit is not the one that us ends with": "exper 或 rlimit 与 us 末尾的不一致",
    "sign is not that of this path and these members by the application's key": (
        "sign 与此路径、这些参数以及应用密钥算出的签名不符"
    ),
    "t has passed: {t} was {value} s ago": "t 已过期：{t:word} 是 {value:number} 秒之前",
    "Dir is without its last slash": "Dir 缺少末尾的斜杠",
    "Dir is without its first slash": "Dir 缺少开头的斜杠",
    "Dir has the name of the file": "Dir 包含了文件名",
    "t is written otherwise (capitals) in the address": "t 的大小写与地址中的不同",
    "t is decimal": "t 写成了十进制",
    "us comes before exper and rlimit": "us 写在了 exper 和 rlimit 之前",
    "exper and rlimit are in the address alone": "exper 和 rlimit 只在地址中，未参与签名",
    "us is in the address alone": "us 只在地址中，未参与签名",
}
