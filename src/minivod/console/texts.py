"""All texts of the console's pages, each in English and in Chinese; a test finds what is missing or left over."""

from collections.abc import Callable

from minivod.console.texts_apps import APPS
from minivod.console.texts_events import EVENTS
from minivod.console.texts_media import MEDIA
from minivod.console.texts_review import REVIEW
from minivod.console.texts_signatures import SIGNATURES
from minivod.console.texts_tasks import TASKS
from minivod.console.texts_templates import TEMPLATES
from minivod.messages import CHINESE

GENERAL: dict[str, tuple[str, str]] = {
    "nav.skip": ("Skip to the content", "跳到正文"),
    "nav.main": ("Pages", "页面"),
    "nav.overview": ("Overview", "概览"),
    "nav.sign_out": ("Sign out", "退出"),
    "pager.first": ("First page", "第一页"),
    "pager.next": ("Next page", "下一页"),
    "video.unnamed": ("(no name)", "（未命名）"),
    "login.title": ("Sign in", "登录"),
    "login.name": ("Name", "用户名"),
    "login.password": ("Password", "密码"),
    "login.submit": ("Sign in", "登录"),
    "login.hint": ("Users are made on the server:", "用户须在服务器上创建："),
    "login.wrong": ("Name or password is wrong.", "用户名或密码错误。"),
    "login.throttled": (
        "There were too many attempts. Wait five minutes, then try again.",
        "尝试次数过多，请五分钟后再试。",
    ),
    "error.not_found": ("There is no such page", "页面不存在"),
    "error.not_found.help": (
        "The address is wrong, or what it showed has been deleted.",
        "地址有误，或所指内容已被删除。",
    ),
    "error.forbidden": ("Your role may not do this", "您的角色无权执行此操作"),
    "error.forbidden.help": (
        "An administrator can give you another role on the server.",
        "管理员可以在服务器上为您更换角色。",
    ),
    "error.foreign": ("The form came from another site", "表单来自其他网站"),
    "error.foreign.help": (
        "Nothing was changed. Open the page here, and do it again. If it was this site, the proxy in front of it does "
        "not say by X-Forwarded-Proto that you use TLS.",
        "未做任何更改。请在此处打开页面，再操作一次。"
        "如果表单确实来自本站，说明前面的代理没有用 X-Forwarded-Proto 说明您使用了 TLS。",
    ),
    "error.stale": ("The form is out of date", "表单已过期"),
    "error.stale.help": (
        "Nothing was changed. Somebody signed in or out after the page was opened; load it again.",
        "未做任何更改。打开页面之后登录状态发生了变化，请重新加载页面。",
    ),
    "error.form": ("The form cannot be read", "无法读取表单"),
    "error.form.help": (
        "Nothing was changed. It was too large, incomplete, or made by something other than this page.",
        "未做任何更改。表单过大、不完整，或并非由本页面生成。",
    ),
    "error.unavailable": ("The database or the object store does not answer", "数据库或对象存储没有响应"),
    "error.unavailable.help": ("Try again in a few seconds.", "请几秒钟后再试。"),
    "error.refused": ("The server did not do it", "服务器未执行此操作"),
    "error.internal": ("Something went wrong in the server", "服务器内部出错"),
    "error.internal.help": ("The log of the server says what.", "详情见服务器日志。"),
    "error.home": ("To the overview", "返回概览"),
    "role.viewer": ("viewer", "查看者"),
    "role.reviewer": ("reviewer", "审核员"),
    "role.admin": ("administrator", "管理员"),
    "account.title": ("Your account", "我的账户"),
    "account.sessions": ("Where you are signed in", "已登录的设备"),
    "account.browser": ("Browser", "浏览器"),
    "account.address": ("Address", "地址"),
    "account.since": ("Since (UTC)", "登录时间（UTC）"),
    "account.seen": ("Last used (UTC)", "最近使用（UTC）"),
    "account.this": ("this one", "本设备"),
    "account.end_others": ("Sign out everywhere else", "退出其他所有设备"),
    "account.password": ("Another password", "修改密码"),
    "account.present": ("Present password", "当前密码"),
    "account.new": ("New password", "新密码"),
    "account.again": ("New password again", "再次输入新密码"),
    "account.set": ("Set the password", "设置密码"),
    "account.wrong": ("The present password is wrong.", "当前密码错误。"),
    "account.differ": ("The two new passwords differ.", "两次输入的新密码不一致。"),
    "account.unfit": (
        "12 to 1000 characters, not all alike; a sentence of several words is a good one.",
        "12 至 1000 个字符，且不能过于单一；由几个词组成的句子是好的选择。",
    ),
    "said.signed_out": ("You have signed out.", "您已退出。"),
    "said.ended": ("Your session has ended. Sign in to go on.", "您的会话已结束，请登录后继续。"),
    "said.undone": (
        "You are not signed in any more, so nothing was done, and what you typed was not kept. Sign in, and do it "
        "again on the page that it was typed on.",
        "您已不在登录状态，因此未执行任何操作，填写的内容也未保留。请登录后在原页面重新操作。",
    ),
    "said.others_ended": ("All other sessions have ended.", "其他会话均已结束。"),
    "said.password_set": (
        "The password is set; all other sessions have ended.",
        "密码已设置，其他会话均已结束。",
    ),
    "overview.title": ("Overview", "概览"),
    "overview.review": ("Reviews", "审核"),
    "overview.open": ("wait for a decision", "待人工裁定"),
    "overview.passed": ("published in 24 hours", "24 小时内发布"),
    "overview.rejected": ("rejected in 24 hours", "24 小时内驳回"),
    "overview.broken": ("failed to publish in 24 hours", "24 小时内发布失败"),
    "overview.work": ("Work", "任务"),
    "overview.running": ("tasks and steps run", "正在执行的任务和步骤"),
    "overview.waiting": ("jobs wait for a worker", "等待工作进程的作业"),
    "overview.failed": ("failed in 24 hours", "24 小时内失败"),
    "overview.calls_waiting": ("callbacks wait", "待发送的回调"),
    "overview.calls_failed": ("callbacks given up", "已放弃的回调"),
    "overview.workers": ("Worker processes", "工作进程"),
    "overview.alive": ("{number} alive", "{number} 个正常"),
    "overview.silent": ("{number} silent for {seconds} s", "{number} 个已 {seconds} 秒无响应"),
    "overview.no_workers": (
        "No worker runs: tasks wait until one is started.",
        "没有工作进程在运行：任务将一直等待，直到有工作进程启动。",
    ),
    "overview.storage": ("Storage", "存储"),
    "overview.free": ("{free} of {total} are free", "共 {total}，剩余 {free}"),
    "overview.gaps": ("What reviews do not look for", "审核未覆盖的内容"),
    "overview.gaps_of": ("As the newest review noted it:", "依据最近一次审核的记录："),
    "overview.no_gaps": ("The newest review looked for everything.", "最近一次审核覆盖了全部内容。"),
    "overview.no_review": ("Nothing was reviewed yet.", "尚未进行过审核。"),
    "overview.decisions": ("Latest decisions of people", "最近的人工裁定"),
    "overview.no_decisions": ("Nobody has decided anything yet.", "尚无人工裁定。"),
}
TEXTS = {
    **GENERAL,
    **MEDIA,
    **TASKS,
    **REVIEW,
    **APPS,
    **EVENTS,
    **SIGNATURES,
    **TEMPLATES,
}
"""One module for each page (`texts_review.py`), and a row here."""


def in_language(language: str) -> Callable[..., str]:
    """Gives texts by their keys, with values in their places; raises KeyError for a key that there is not."""
    place = 1 if language == CHINESE else 0

    def text(key: str, **values: object) -> str:
        return TEXTS[key][place].format(**values) if values else TEXTS[key][place]

    return text


def said(name: str) -> str:
    """The key of the text that a page begins with after something was done; empty for names that are none."""
    key = f"said.{name}"
    return key if key in TEXTS else ""
