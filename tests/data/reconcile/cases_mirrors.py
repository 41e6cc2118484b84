"""Mirrors: two events of a mailbox that are one, as another program copied it (F008)."""
from cases_adopt import FIRST, twin
from cases_marks import ADD, MARKS
from world import candidate, changed, digest, event, linked, mailbox, removed
from world_out import OUT

E1 = event("xia", "bob")
PICKS = {"people": [{"address": "xia@client.test", "person": "contact", "id": "7",
                     "name": "Xia (CRM)", "type": "Client", "private": False}],
         "primary": None, "related": None}
MIRROR = "skip suspected_mirror"


def wait(uid="0400AA", date=""):
    return [digest(uid + "\n" + date)]


def copy(n=2, *people, **over):
    """What the other program made of E1, in another order of guests."""
    return event(*(people or ("bob", ("xia", "accepted"))), id=f"AAMk{n}", uid=f"04{n}",
                 created=f"2026-11-0{n}T08:00:00Z", **over)


def alike(crm_id="101", uid="0400AA", i="AAMk1", date=""):
    return [{"meeting": 12, "crm_id": crm_id, "id": i, "uid": uid, "original_date": date}]


def page(n=1):
    return {"type": "page", "resume": f"https://graph.test/next{n}",
            "window": mailbox()["window"], "round": "2026-11-21T09:00:00Z"}


def add(case):
    told = (MIRROR, {"id": "AAMk2", "waits": wait(), "due": None, "error": False,
                     "why": {"evidence": "equal to another event of the mailbox, CRM event 101",
                             "policy": None}})
    case("mirror", "F008",
         "What is linked is in already: its copy by another program is not, and waits for its end.",
         candidate(copy(), alike=alike()), want=told)
    case("mirror-day", "F008 P-066",
         "What turns out to be a mirror takes none of the day's number from what comes after its page.",
         candidate(copy(), alike=alike()), page(), candidate(event("xia", id="AAMk7", uid="7", subject="Other")),
         candidate(event("xia", id="AAMk8", uid="8", subject="Third")),
         policy={"limit.per_day": "1"},
         want=[MIRROR, ("crm.create", {"id": "AAMk7"}), ("skip limit", {"id": "AAMk8"})])
    case("mirror-of-one-beside", "F008", "In whatever order they are told.",
         candidate(copy()), linked(E1, changed(E1, location="Hall")), candidate(copy(3)),
         want=[(MIRROR, {"id": "AAMk2", "waits": wait()}), "crm.update location",
               (MIRROR, {"id": "AAMk3", "why": {"evidence": "equal to another event of the mailbox"}})])
    case("mirror-remembered", "F008 U11", "And so again, when it is read for another reason.",
         candidate(copy(), alike=alike(), again="policy",
                   seen={"reason": "suspected_mirror", "digest": copy()["digest"]}),
         want=MIRROR + " known")
    case("mirror-three", "F008 L6",
         "Three of them in one page: the first that was created comes in, wherever it stands.",
         candidate(copy(3)), candidate(copy(2)), candidate(copy(4)),
         want=[(MIRROR, {"id": "AAMk3", "waits": wait("042")}), ("crm.create", {"id": "AAMk2"}),
               (MIRROR, {"id": "AAMk4", "waits": wait("042")})])
    case("mirror-three-turned", "F008 L6", "The same from behind.",
         candidate(copy(4)), candidate(copy(2)), candidate(copy(3)),
         want=[MIRROR, ("crm.create", {"id": "AAMk2"}), MIRROR])
    case("mirror-same-moment", "F008 L6", "Made at one moment: the uid says which.",
         candidate(event("xia", id="AAMk9", uid="9")), candidate(event("xia", id="AAMk8", uid="8")),
         want=[(MIRROR, {"id": "AAMk9", "waits": wait("8")}), "crm.create"])
    case("mirror-pages", "F008",
         "In another page the first that came in stays, whenever it was made.",
         candidate(copy(3)), page(), candidate(copy(2)), page(2), candidate(copy(4)),
         want=["crm.create", (MIRROR, {"waits": wait("043")}), (MIRROR, {"waits": wait("043")})])
    case("mirror-sections", "F008 L6", "Another mailbox has its own copies: of the same one.",
         sections=[(mailbox(who), [candidate(event("xia", mailbox=who, id=who + i, uid=i))
                                   for i in order], {})
                   for who, order in (("ann", "12"), ("bob", "21"))],
         want=[("crm.create", {"id": "ann1"}), (MIRROR, {"id": "ann2"}),
               (MIRROR, {"id": "bob2"}), ("crm.create", {"id": "bob1"})])
    case("mirror-without-guests", "F008", "Two equal appointments of one's own are two.",
         candidate(event(id="AAMk8", uid="8")), candidate(event(id="AAMk9", uid="9")),
         policy={"unmatched.mode": "sync"}, want=["crm.create", "crm.create"])
    case("mirror-other-time", "F008 F010", "A copy that somebody pasted elsewhere is another meeting.",
         candidate(copy(2, start="2026-12-01T09:00:00Z", end="2026-12-01T10:00:00Z")),
         candidate(copy(3, "xia")), candidate(copy(4, subject="Review!")), linked(E1),
         want=["crm.create", "crm.create", "crm.create", "skip unchanged"])
    case("mirror-same-uid", "F008 F084", "The same meeting twice is no mirror: it joins.",
         candidate(event("xia")), candidate(event("xia", id="AAMk2")),
         want=["crm.create", "crm.create"])
    case("mirror-picked", "F008 C-024", "What was picked by hand comes in.",
         candidate(copy(), alike=alike(), picks=PICKS), linked(E1),
         want=[("crm.create", {"id": "AAMk2"}), "skip unchanged"])
    case("mirror-made-anew", "F008",
         "The old one is gone in the same section: what was made in its place comes in.",
         candidate(copy(), alike=alike()), removed(E1), policy={"delete.to_crm": "delete"},
         want=["crm.create", "crm.delete delete"])
    case("mirror-moved-away", "F008", "The old one was moved: it is equal no more.",
         candidate(copy(), alike=alike()), linked(E1, changed(E1, start="2026-11-24T08:00:00Z")),
         want=["crm.create", "crm.update start"])
    case("mirror-moved-away-before", "F008", "Also in an earlier page, whether match knew it or not.",
         linked(E1, changed(E1, start="2026-11-24T08:00:00Z")), page(), candidate(copy(), alike=alike()),
         want=["crm.update start", "crm.create"])
    case("mirror-moved-along", "F008", "Both were moved: match knows of the time before only.",
         candidate(copy(start="2026-11-24T08:00:00Z")),
         linked(E1, changed(E1, start="2026-11-24T08:00:00Z")), want=[MIRROR, "crm.update start"])
    case("mirror-ended", "F008", "A tombstone is no meeting.",
         linked(E1, state={"state": "ended", "ended": "deleted"}), candidate(copy()),
         want=["skip ended", "crm.create"])
    case("mirror-gates-first", "F008", "What is kept out for another reason says so, and keeps nobody out.",
         candidate(copy(2, sensitivity="private")), candidate(copy(3)),
         want=["skip private", "crm.create"])
    series = {"kind": "occurrence", "master": "M1", "original_date": "2026-11-24"}
    case("mirror-series", "F008", "Date by date, where a series comes in as its dates.",
         *[candidate(event("xia", uid=m, id=f"{m}{d}", start=f"2026-11-{d}T09:00:00Z",
                           end=f"2026-11-{d}T10:00:00Z",
                           series={**series, "master": m, "original_date": f"2026-11-{d}"}))
           for m in "SM" for d in (24, 25)],
         policy={"recurring.mode": "instances"},
         want=[(MIRROR, {"id": "S24", "waits": wait("M", "2026-11-24")}),
               (MIRROR, {"id": "S25", "waits": wait("M", "2026-11-25")}), "crm.create", "crm.create"])
    case("mirror-marks", "F008", "It gets no mark of ours, and what it had stays another's.",
         candidate(copy(3)), candidate(copy(2)), policy=MARKS,
         want=[(MIRROR, {"id": "AAMk3"}), ("crm.create", {"id": "AAMk2"}),
               (ADD, {"id": "AAMk2"})])
    case("mirror-marks-first", "F008", "Nor is it read again for one.",
         candidate(copy(3)), candidate(copy(2)), policy=MARKS, box=mailbox("ann", **FIRST),
         want=[(MIRROR, {"id": "AAMk3"}), ("crm.create", {"id": "AAMk2"}),
               ("skip first_run", {"id": "AAMk2", "beside": True})])
    case("mirror-adopted", "F008 F001", "What is adopted is in.",
         candidate(E1, twins=[twin(E1, "uid")]), candidate(copy()), policy=OUT,
         want=[(MIRROR, {"id": "AAMk2", "waits": wait()}), "link.adopt 101"])
