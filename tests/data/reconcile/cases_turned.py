"""A single event that was made a series in Outlook, and the way back: the link goes on."""
from world import candidate, changed, event, linked, removed
from world_out import OUT, edited

DELETE = {"delete.to_crm": "delete"}
BOTH = {**OUT, **DELETE}
E1 = event("xia")
DAY = "2026-11-24"
RULE = {"recurrence_text": "Weekly on Tue"}
MASTER = changed(E1, series={"kind": "master", "master": None, "original_date": None},
                 recurrence="FREQ=WEEKLY", **RULE)


def member(day=DAY, kind="occurrence", **over):
    series = {"kind": kind, "master": "AAMk1", "original_date": day}
    return changed(E1, id="AAMk1-" + day, start=day + "T09:00:00Z", end=day + "T10:00:00Z",
                   **{"series": series, **RULE, **over})


def went(before, after, former="before", how=linked, role="organizer", state=None, **over):
    """The link of `before`, whose event is now `after`: match tells it as a copy with the new id."""
    copies = [{"account": 1, "id": after["id"], "role": role, "state": "present"}]
    return how(before, after, state={"copies": copies, **(state or {})},
               turned={"former": before["id"] if former == "before" else former}, **over)


def add(case):
    SINGLE_KEY = {"uid": E1["uid"], "original_date": "", "slot": ""}
    FIRST_KEY = {**SINGLE_KEY, "original_date": DAY}
    FIRST = ("crm.update recurrence_text,series", {
        "id": "AAMk1-" + DAY, "meeting": 12, "key": FIRST_KEY, "former": "AAMk1", "owner": "absent",
        "rank": "absent", "copy": {"master": "AAMk1", "original_date": DAY},
        "expect": {"version": 3}, "why": {"rule": "update"}})
    MASTER_SKIP = ("skip series_master", {"id": "AAMk1", "due": None, "digest": MASTER["digest"]})
    case("turned-series", "F067",
         "A single event became a series: its link goes on with the first date, and another date is "
         "new. The master, whose link it was, is nothing but that.",
         linked(E1, MASTER), went(E1, member()), candidate(member("2026-12-01")), policy=DELETE,
         want=[FIRST, ("crm.create", {"key": {"original_date": "2026-12-01"}, "former": "absent"}),
               MASTER_SKIP])
    case("turned-series-expand", "F067", "So where dates are worked out from the master, who is remembered.",
         linked(E1, MASTER), went(E1, member(kind="exception", location="Hall", series={
             "kind": "exception", "master": "AAMk1", "original_date": DAY, "planned": {
                 **{k: E1[k] for k in ("subject", "location", "show_as", "sensitivity")}, **RULE}})),
         went(E1, member(kind="exception", location="Hall"), state={"meeting": 13}),
         policy={**DELETE, "recurring.mode": "expand"},
         want=["crm.update recurrence_text,series", "crm.update location,recurrence_text,series",
               ("skip series_master", {"series": {"recurrence": "FREQ=WEEKLY"}})])
    case("turned-series-as-one", "F067", "Where a series is one event of the CRM, it is the same one.",
         linked(E1, MASTER), policy={**DELETE, "recurring.mode": "series"},
         want=("crm.update recurrence,recurrence_text,series", {"key": "absent", "former": "absent"}))
    case("turned-series-skip", "F067",
         "Where series do not come in the reason is said, and nothing happens to what is linked, nor "
         "to the series where the CRM deletes that.",
         linked(E1, MASTER), edited(E1, MASTER, crm={"deleted": True}),
         candidate(member()), policy={**DELETE, **OUT, "delete.to_graph": "delete", "recurring.mode": "skip"},
         want=[("skip recurring", {"why": {"policy": "recurring.mode = skip"}})] * 3)
    case("turned-series-equal", "F067",
         "The CRM shows nothing of it (here: it does not hold that): the link goes on all the same.",
         went(E1, member()), run={"adapter": {"crm": "x", "holds": ["subject", "body", "start", "end"]}},
         want=("link.base", {"key": FIRST_KEY, "former": "AAMk1"}))
    case("turned-series-no-first", "F067 L2",
         "No first date has come, which may lie before the window: that is no proof that it is gone, and "
         "the record stays.",
         linked(E1, MASTER), candidate(member("2026-12-01")), policy=DELETE,
         want=["crm.create", ("link.end", {"why": {"rule": "became_series"}})])
    case("turned-series-first-cancelled", "F067",
         "The master says that this date was taken out: as if it was deleted.",
         linked(E1, MASTER, first_cancelled=True), policy=DELETE,
         want=("crm.delete delete", {"why": {"rule": "became_series", "policy": "delete.to_crm = delete"}}))
    case("turned-series-first-cancelled-keep", "F067", "And kept where policy says so.",
         linked(E1, MASTER, first_cancelled=True), want=("link.end", {"why": {"rule": "became_series"}}))
    case("turned-series-other-copy", "F067 L6",
         "Ann's copy is not the one that decides. It joins as that of the date, and the master's goes; "
         "the key is for the other one to change. If she had none of it the master is only skipped.",
         linked(E1, MASTER, state={"deciding": False}),
         went(E1, member(), former=None, state={"deciding": False, "copies": [
             {"account": 2, "id": "BBMk1", "role": "organizer", "state": "present"}]}),
         linked(E1, changed(MASTER, id="AAMk2"), state={"deciding": False}), policy=DELETE,
         want=[("link.copy", {"key": "absent", "former": None}),
               ("skip series_master", {"id": "AAMk2"}), ("link.drop", {"why": {"rule": "became_series"}})])
    case("turned-series-edited", "F067",
         "At the same time the CRM was edited: the date is written, and the change waits for that.",
         edited(E1, MASTER, crm={"location": "Hall"}, changes=[14]),
         went(E1, member(), how=edited, crm={"location": "Hall"}, changes="absent"), policy=BOTH,
         want=[("crm.update recurrence_text,series", {"pending": ["location"], "key": FIRST_KEY}),
               ("skip series_master", {"changes": "absent"}), ("graph.update location", {"id": "AAMk1-" + DAY})])
    case("turned-series-edited-in", "F067", "Where nothing goes out the change is settled by that.",
         linked(E1, MASTER, crm={"location": "Hall"}, changes=[14]),
         went(E1, member(), crm={"location": "Hall"}), policy=DELETE,
         want=["crm.update recurrence_text,series", ("skip series_master", {"changes": [14]})])
    case("turned-series-record", "F067",
         "Where the whole record is in conflict and the CRM wins, the rule is none of it: nothing takes it off.",
         went(E1, member(), how=edited, crm={"location": "Hall"}),
         policy={**BOTH, "conflict.scope": "record", "conflict.events": "crm"},
         want=["crm.update recurrence_text,series", "graph.update location"])
    case("turned-series-crm-gone", "F067",
         "The CRM deleted it: that is the first date now, and the series stays.",
         edited(E1, MASTER, crm={"deleted": True}, changes=[14]),
         went(E1, member(), how=edited, crm={"deleted": True}),
         policy={**BOTH, "delete.to_graph": "delete"},
         want=["skip series_master", ("graph.delete", {"id": "AAMk1-" + DAY})])
    case("turned-series-first-gone", "F067",
         "The first date is cancelled: it goes with its new key, and the master's is no second deletion.",
         linked(E1, MASTER), went(E1, member(cancelled=True)), policy=DELETE,
         want=["skip series_master", ("crm.delete delete", {"key": FIRST_KEY, "former": "AAMk1"})])

    single = changed(E1)
    later = member("2026-12-01")
    BACK = ("crm.update recurrence_text,series", {
        "id": "AAMk1", "meeting": 12, "key": SINGLE_KEY, "former": "AAMk1-" + DAY})
    case("turned-single", "F068",
         "A series became single: the link of its first date goes on with that, whichever comes first, and "
         "the other dates go.",
         removed(member()), went(member(), single), removed(later, state={"meeting": 13}), policy=DELETE,
         want=[BACK, ("skip removed", {"id": "AAMk1-" + DAY, "due": None}),
               ("crm.delete delete", {"meeting": 13})])
    case("turned-single-max", "F068 L2", "What goes on is no deletion: of six that are gone five are.",
         went(member(), single), removed(member()),
         *[removed(member(f"2026-12-0{n}"), state={"meeting": 12 + n}) for n in range(1, 6)], policy=DELETE,
         want=["crm.update recurrence_text,series", "skip removed"] + ["crm.delete delete"] * 5)
    case("turned-single-slot", "F068", "Each user has their own: the slot stays.",
         went(member(), single, state={"slot": "1"}), policy={**DELETE, "event.copies": "each"},
         want=("crm.update recurrence_text,series", {"key": {**SINGLE_KEY, "slot": "1"}}))
    own = member(kind="exception", location="Hall")
    case("turned-single-expand", "F068",
         "A date that had its own place in Outlook, which the CRM has too, is what the master was.",
         went(member(), single, crm={"location": "Hall"}, base_crm={"location": "Hall"}),
         went(own, single, crm={"location": "Yard"}, base_crm={"location": "Hall"}, state={"meeting": 13}),
         policy={**DELETE, "recurring.mode": "expand"},
         want=["crm.update location,recurrence_text,series", "crm.update location,recurrence_text,series"])
    case("turned-single-incomplete", "F068 L2 U8",
         "The read broke off: what goes on does, what is gone waits.",
         went(member(), single), removed(member()), removed(later, state={"meeting": 13}), policy=DELETE,
         end={"complete": False, "error": {"code": "http", "status": 503}},
         want=["crm.update recurrence_text,series", "skip removed", "skip incomplete"])
