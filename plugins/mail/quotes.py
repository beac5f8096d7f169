"""Where the answer ends and the quoted mail begins: in the ways of the mail programs that people here use."""

import re

#: A line that introduces a quoted mail: what follows it is quoted, whatever it looks like.
_RULES = (
    r"[-_=]{2,}\s*(?:original message|forwarded message|original appointment|ursprüngliche nachricht|message d'origine"
    r"|mensaje original|原始邮件|原始郵件|转发邮件|轉寄郵件|转发的邮件|回复的原邮件|原邮件|邮件原件)\s*[-_=]*",
    r"begin forwarded message:|anfang der weitergeleiteten nachricht:|以下是转发的邮件[：:]?",
    r"_{20,}",
)
#: "On … wrote:" of many languages; a program may break it over two or three lines.
_WROTE = (
    r"on\b.{6,300}\bwrote:",
    r"(?:在|于|於)?\s*\d{4}\s*[-年/.].{4,300}(?:写道|寫道|写到|來信|来信)\s*[：:]?",
    r".{2,120}(?:于|於)\s*\d{4}.{4,120}(?:写道|寫道)\s*[：:]?",
    r"(?:am|le|el|il|em|den|op)\b.{6,300}\b(?:schrieb|a écrit|escribió|ha scritto|escreveu|skrev|schreef)\b.{0,120}:",
    r"\d{4}年\d{1,2}月\d{1,2}日.{0,160}[：:]",
)
#: Lines of a block that repeats the headers of the quoted mail.
_HEADER = (
    r"[*\s]*(?:from|sent|date|to|cc|subject|von|gesendet|an|betreff|de|envoyé|à|objet|发件人|寄件者|寄件人|发送时间|發送時間"
    r"|发送日期|收件人|收件者|抄送|副本|主题|主旨|日期|時間|时间)[*\s]*[：:].*"
)
_FIRST = re.compile(r"[*\s]*(?:from|von|de|发件人|寄件者|寄件人)[*\s]*[：:]\s*\S", re.I)
_RULE = re.compile("|".join(f"(?:{r})" for r in _RULES), re.I)
_WROTE_RE = re.compile("|".join(f"(?:{r})" for r in _WROTE), re.I)
_HEADER_RE = re.compile(_HEADER, re.I)
#: How a line of `_RULES` begins.
_RULE_STARTS = frozenset("-_=bBaA以")
#: How an introduction ends.
_WROTE_ENDS = (":", "：", "道", "到", "信")
#: Longer lines are no introduction, and must not cost a second each.
_LONG = 400


def visible_length(text: str) -> int:
    """How many characters of a mail's text are its own; all of them when nothing is left otherwise.

    Answers that stand between the lines of the quoted mail are kept together with it.
    """
    lines = text.split("\n")
    end = _first_quoted(lines)
    if end is None:
        return len(text)
    length = sum(len(line) + 1 for line in lines[:end])
    return min(length, len(text)) if text[:length].strip() else len(text)


def _first_quoted(lines: list[str]) -> int | None:
    """The number of the line from which on all is quoted."""
    stripped = [line.strip() for line in lines]
    marked = [line.startswith((">", "＞")) for line in stripped]
    quoted, last = _quoted_tails(lines, marked), max((i for i, mark in enumerate(marked) if mark), default=-1)
    # An introduction ends at one of these, and began there or one or two lines before.
    begins = {i - n for i, line in enumerate(stripped) if line.endswith(_WROTE_ENDS) for n in range(3)}
    for i, plain in enumerate(stripped):
        if not plain or len(plain) > _LONG:
            continue
        if (
            plain[0] in _RULE_STARTS
            and _RULE.fullmatch(plain)
            and (not plain.startswith("__") or _is_header_block(lines, i + 1))
        ):
            return i
        if (":" in plain or "：" in plain) and _FIRST.match(plain) and _is_header_block(lines, i):
            return i
        wrote = _introduction(lines, i) if i in begins else 0
        if wrote and (quoted[i + wrote] or last < i + wrote):
            return i
        if marked[i] and quoted[i]:
            return i
    return None


def _introduction(lines: list[str], i: int) -> int:
    """How many lines from here on are "On … wrote:"; 0 when they are not."""
    joined = ""
    for count in range(1, 4):
        if i + count > len(lines) or not lines[i + count - 1].strip():
            return 0
        joined = f"{joined} {lines[i + count - 1].strip()}".strip().lstrip("> ")
        if len(joined) > _LONG:
            return 0
        if _WROTE_RE.fullmatch(joined):
            return count
    return 0


def _is_header_block(lines: list[str], i: int) -> bool:
    """Whether at least three of the next lines repeat headers."""
    nearby = [line for line in lines[i : i + 8] if line.strip()][:5]
    return sum(bool(_HEADER_RE.fullmatch(line.strip())) for line in nearby if len(line) <= _LONG) >= 3


def _quoted_tails(lines: list[str], marked: list[bool]) -> list[bool]:
    """For each line and the end, whether nothing but quoted lines, blank ones and a short signature follows from it."""
    found, quoted, own, letters = [False], False, 0, 0
    for line, mark in zip(reversed(lines), reversed(marked), strict=True):
        quoted = quoted or mark
        if not mark and line.strip():
            own, letters = own + 1, letters + len(line)
        found.append(quoted and letters < 80 and own <= 2)
    return found[::-1]
