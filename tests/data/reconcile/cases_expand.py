"""Series that are worked out from their master: dates that were changed in Outlook."""
from world import candidate, event, linked, removed, who
from world_out import OUT, edited, relation

EXPAND = {"recurring.mode": "expand"}
SLOT = {"kind": "occurrence", "master": "AAMkM", "original_date": "2026-11-24"}
TEXT = {"recurrence_text": "Weekly on Tue"}
DATE = event("xia", series=SLOT, **TEXT)


def exception(*people, planned=None, **more):
    """Moved by a day; its master has Xia on it and keeps it in its slot."""
    says = {"subject": DATE["subject"], "location": DATE["location"], "show_as": DATE["show_as"],
            "sensitivity": "normal", **TEXT, "start": DATE["start"], "end": DATE["end"],
            "zone": DATE["zone"], "all_day": False, "attendees": DATE["attendees"], **(planned or {})}
    return event(*(people or ("xia", "cy")), **{
        "series": {**SLOT, "kind": "exception", "planned": says},
        "recurrence_text": "Weekly on Tue (changed)", "start": "2026-11-25T09:00:00Z",
        "end": "2026-11-25T10:00:00Z", **more})


FIRST = {"recurrence": "FREQ=WEEKLY;BYDAY=TU", "start": "2026-11-17T09:00:00Z",
         "end": "2026-11-17T10:00:00Z", "zone": DATE["zone"], "all_day": False}


def gone(crm=None, last="2026-12-08T09:00:00Z", **over):
    """The removal of a master, with the date that stands for its series."""
    date = removed(event("bob", series=SLOT, **TEXT), crm=crm, relations=[relation("bob")])
    return {**date, "id": "AAMkM", "link": None, "base": None,
            "seen": {"reason": "series_master", "digest": DATE["digest"]},
            "series_gone": {"uid": DATE["uid"], **FIRST, "last": last, "crm_id": "101",
                            "owner_account": 1},
            **over}


def add(case):
    case("expand-exception-moved", "O-020 SC-55",
         "One date is moved and has a guest more: nothing for the CRM, for its master has not changed.",
         linked(DATE, exception(subject="Own")), policy=EXPAND,
         want=("link.base", {"base": {"graph": {
             "start": DATE["start"], "subject": DATE["subject"], "series": SLOT}}}))
    case("expand-exception-follows", "O-021 SC-55",
         "The master's subject and people change: the date that was moved follows, in its slot, also "
         "where it has a subject of its own.",
         linked(DATE, exception(subject="Own", planned={"subject": "B"})),
         linked(DATE, exception(planned={"attendees": event("xia", "bob")["attendees"]}),
                who=who(event("xia", "bob"))),
         policy={**EXPAND, "attendees.to_crm": "all"},
         want=[("crm.update subject", {"set": {"subject": "B"}, "attendees": "absent"}),
               ("crm.update +2", {"set": "absent"})])
    case("expand-exception-comes-in", "O-020 O-021 P-088",
         "A series that has a changed date when it comes in: every date is as the master says, that "
         "one too, with its own id, mark and version.",
         candidate(exception(id="AAMk7", subject="Own", categories=["Red"])), policy=EXPAND,
         want=("crm.create", {"set": {"subject": DATE["subject"], "start": DATE["start"], **TEXT,
                                      "series": {**SLOT, "master": DATE["uid"]}},
                              "key": {"original_date": "2026-11-24"},
                              "copy": {"digest": exception(id="AAMk7", subject="Own",
                                                           categories=["Red"])["digest"]}}))
    case("expand-exception-private", "O-020 U21",
         "Only that date is private in Outlook: the CRM has nothing of it.",
         linked(DATE, exception(sensitivity="private", subject="Own")), policy=EXPAND,
         want=("link.base", {"base": {"graph": {"subject": DATE["subject"]}}}))
    case("expand-date-edited", "O-021 O-025",
         "A date is edited in the CRM: it becomes an exception in Outlook, and its base says what was "
         "agreed with the master. When it comes back as an exception that is no change; a change of "
         "the master is. Another edit replaces what Outlook has, and mails those who are on it.",
         edited(DATE, crm={"subject": "Mine"}),
         edited(DATE, exception("xia", subject="Mine"),
                base={"subject": "Mine", "planned": {**edited(DATE)["base"]["graph"]}},
                crm={"subject": "Mine"}, base_crm={"subject": "Mine"}),
         edited(DATE, exception("xia", subject="Mine", planned={"subject": "B"}),
                base={"subject": "Mine", "planned": {**edited(DATE)["base"]["graph"]}},
                crm={"subject": "Mine"}, base_crm={"subject": "Mine"}),
         edited(DATE, exception(subject="Mine"),
                base={"subject": "Mine", "planned": {**edited(DATE)["base"]["graph"]}},
                crm={"subject": "Again"}, base_crm={"subject": "Mine"}),
         policy={**OUT, **EXPAND},
         want=[("link.base", {"base": {"graph": {"subject": DATE["subject"]}}}),
               ("crm.update subject", {"set": {"subject": "B"}}),
               ("graph.update subject", {"base": {"graph": {"subject": "Mine", "planned": {
                   "subject": DATE["subject"]}}}, "mail": ["xia@client.test"]}),
               ("graph.update subject", {"was": {"subject": "Mine"},
                                         "mail": ["cy@firm.test", "xia@client.test"]})])
    mine = {"base": {"subject": "Mine", "planned": {**edited(DATE)["base"]["graph"]}},
            "base_crm": {"subject": "Mine"}}
    later = {"start": "2026-11-25T09:00:00Z", "end": "2026-11-25T10:00:00Z"}
    case("expand-edit-undone", "O-021 O-025",
         "The CRM takes back its edit of a date, to what the master says: Outlook has the edit still, "
         "and gets it too. Of what Outlook has by itself in that date nothing else is touched; and "
         "where that is all there is, nothing. Once it is done nothing is left to do. So also where "
         "the date was moved, and where the master is changed to the very same.",
         edited(DATE, exception("xia", subject="Mine", location="Own", start=DATE["start"], end=DATE["end"]),
                crm={"subject": DATE["subject"]}, **mine),
         edited(DATE, exception("xia", subject="Mine"), crm={"subject": DATE["subject"]},
                base={"planned": {**edited(DATE)["base"]["graph"]}}),
         edited(DATE, exception("xia", subject=DATE["subject"]), crm={"subject": DATE["subject"]},
                base={"planned": {**edited(DATE)["base"]["graph"]}}),
         edited(DATE, exception("xia"), base={**later, "planned": {**edited(DATE)["base"]["graph"]}},
                crm={"start": DATE["start"], "end": DATE["end"]}, base_crm=later),
         edited(DATE, exception("xia", subject="Mine", planned={"subject": "B"}),
                crm={"subject": "B"}, **mine),
         policy={**OUT, **EXPAND},
         want=[("link.base", {}), ("link.base", {}),
               ("graph.update subject", {"set": {"subject": DATE["subject"], "location": "absent"},
                                         "was": {"subject": "Mine"}, "mail": ["xia@client.test"],
                                         "base": {"graph": {"subject": DATE["subject"]}}}),
               ("graph.update start,end,zone,all_day", {"set": {"start": DATE["start"]}}),
               ("graph.update subject", {"set": {"subject": "B"}})])
    case("expand-edit-there-already", "O-021 U4",
         "The CRM edits a date to what Outlook has in it by itself: nothing is written.",
         edited(DATE, exception("xia", subject="Own"), crm={"subject": "Own"}),
         policy={**OUT, **EXPAND},
         want=("link.base", {"base": {"graph": {"subject": DATE["subject"]}}}))
    rule = {"kind": "master", "master": None, "original_date": None}
    series = event("bob", series=rule, recurrence="FREQ=WEEKLY;BYDAY=TU", **TEXT)
    again = {**OUT, **EXPAND, "delete.to_crm": "recreate"}
    case("expand-recreate-series", "O-023 O-024 O-079",
         "A series that the CRM has with its rule is made again as a whole; one of its dates, or where "
         "series do not go out, is not.",
         removed(series, relations=[relation("bob")]),
         removed(event("bob", id="AAMk2", series=SLOT, **TEXT), relations=[relation("bob")]),
         policy={**again, "recurring.to_graph": "yes"},
         want=["link.end", ("graph.create +bob@firm.test", {
             "gone": "AAMk1", "set": {"recurrence": "FREQ=WEEKLY;BYDAY=TU"}, "mail": ["bob@firm.test"]})])
    case("expand-recreate-not", "O-024 O-079", "Series do not go out (recurring.to_graph = no).",
         removed(series, relations=[relation("bob")]),
         policy={**again, "recurring.to_graph": "no"}, want="link.end")
    case("expand-master-remembered", "O-024 SC-55",
         "What is needed to make a series again is remembered of its master: the user's own, with a "
         "zone.",
         candidate(event("bob", series=rule, recurrence="FREQ=WEEKLY;BYDAY=TU", **TEXT)),
         candidate(event("bob", id="AAMk2", uid="0401", series=rule, zone=None,
                         recurrence="FREQ=WEEKLY;BYDAY=TU", **TEXT)),
         candidate(event("bob", id="AAMk3", uid="0402", series=rule, is_organizer=False,
                         recurrence="FREQ=WEEKLY;BYDAY=TU", **TEXT)),
         policy=EXPAND,
         want=[("skip series_master", {"series": {
             "recurrence": "FREQ=WEEKLY;BYDAY=TU", "start": DATE["start"]}}),
               ("skip series_master", {"series": "absent"}),
               ("skip series_master", {"series": "absent"})])
    case("expand-series-gone", "O-023 O-024 SC-55",
         "A series that is worked out by dates is deleted in Outlook: the removal of its master makes "
         "it again, from one date and the master's rule and times; the dates' own links end.",
         gone(), removed(event("bob", id="AAMk2", series=SLOT, **TEXT), relations=[relation("bob")]),
         policy={**again, "recurring.to_graph": "yes"},
         want=["link.end", ("graph.create +bob@firm.test", {
             "gone": "AAMkM", "dates": DATE["uid"], "meeting": None, "crm_id": "101",
             "set": {"recurrence": "FREQ=WEEKLY;BYDAY=TU", "start": FIRST["start"],
                     "zone": FIRST["zone"], "subject": DATE["subject"]},
             "mail": ["bob@firm.test"]})])
    case("expand-series-gone-over", "O-024 O-057 SC-55",
         "Its last date is over: it is made again like a single event of the past, without guests.",
         gone(last="2026-11-17T09:00:00Z"), policy={**again, "recurring.to_graph": "yes"},
         want=("graph.create", {"dates": DATE["uid"], "attendees": {"add": []}, "mail": []}))
    case("expand-series-gone-held", "O-024 SC-55",
         "Nobody may be mailed: the series waits, under its master's id, which brings it again.",
         gone(), policy={**again, "recurring.to_graph": "yes", "mail.allow": "none"},
         want=("hold mail_held graph.create subject,body,start,end,zone,all_day,location,show_as,"
               "sensitivity,reminder,recurrence,attendees", {"id": "AAMkM", "dates": DATE["uid"]}))
    case("expand-series-gone-sent", "O-024 SC-55", "Its POST is under way.",
         gone(in_flight={"intent": 7, "op": "graph.create", "open": True}),
         policy={**again, "recurring.to_graph": "yes"}, want="skip in_flight")
    for name, text, policy in (
            ("keep", "Policy keeps what the CRM has, and no more.", {"delete.to_crm": "keep"}),
            ("no-series", "Series do not go out.", {"recurring.to_graph": "no"}),
            ("instances", "Dates are events of their own now.", {"recurring.mode": "instances"}),
            ("one-way", "Nothing goes out.", {"direction.events": "to_crm"})):
        case(f"expand-series-gone-{name}", "O-024 SC-55", text, gone(),
             policy={**again, "recurring.to_graph": "yes", **policy}, want="skip removed")
    case("expand-series-gone-not-ours", "O-024 SC-55",
         "The date that stands for it is another's now; or has become private, which stays out.",
         gone(crm={"owner": "2"}), gone(crm={"sensitivity": "private"}),
         policy={**again, "recurring.to_graph": "yes", "private.mode": "skip"},
         want=["skip removed", "skip removed"])
