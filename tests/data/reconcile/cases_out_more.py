"""The way out: whole series, and texts that stay where they are."""
from world import candidate, changed, event
from world_out import OUT, edited

E1 = event("xia")
GONE = {"deleted": True}
DELETE = {**OUT, "delete.to_graph": "delete"}


def add(case):
    # the last date of a series that is worked out from its master
    def dates(*, left, kinds=("occurrence",) * 3, master="AAMkM", **more):
        out = []
        for n, kind in enumerate(kinds):
            day = f"2026-11-{24 + n}"
            people = ("bob", "cy") if kind == "exception" else ("bob",)
            out.append(edited(
                event(*people, id=f"{master}{n}", start=day + "T09:00:00Z", end=day + "T10:00:00Z",
                      series={"kind": kind, "master": master, "original_date": day}),
                crm={**GONE, "crm_id": f"10{n}"}, series_left=left, changes=[20 + n],
                state={"meeting": 12 + n, "crm_id": f"10{n}"}, **more))
        return out

    EXPAND = {**DELETE, "recurring.mode": "expand"}
    WHOLE = {"id": "AAMkM", "etag": None, "mail": ["bob@firm.test"],
             "limits": {"deletes": 10, "run": 200},
             "why": {"rule": "deleted_in_crm", "policy": "delete.to_graph = delete",
                     "evidence": "all its dates are deleted: the series"}}
    case("out-delete-series", "O-080 O-026 SC-55",
         "All dates of an expanded series are deleted in the CRM: the series goes by one deletion of "
         "its master, which mails everybody once; the links of the other dates end. Not through an "
         "exception, whose people are others. While the CRM has one date left the series stays.",
         *dates(left=0, kinds=("exception", "occurrence", "occurrence")), policy=EXPAND,
         want=[("graph.delete", {**WHOLE, "meeting": 13, "changes": [21], "crm_id": "101"}),
               ("link.end", {"id": "AAMkM0", "meeting": 12, "changes": [20]}),
               ("link.end", {"id": "AAMkM2", "meeting": 14, "changes": [22]})])
    case("out-delete-series-some-left", "O-026 SC-55",
         "One date is left in the CRM, or it is not known: the links end, the series stays.",
         *dates(left=1), *dates(left="absent", kinds=("occurrence",)), policy=EXPAND,
         want=["link.end"] * 4)
    case("out-delete-series-keep", "P-027 O-026", "Deletions do not go out: nor does this one.",
         *dates(left=0, kinds=("occurrence",)), policy={**EXPAND, "delete.to_graph": "keep"},
         want="link.end")
    case("out-delete-series-held", "O-080 U14 L3",
         "Bob may not be mailed: one hold for all, and no link ends. It is open already: nothing "
         "new. It was released: it goes.",
         *dates(left=0), policy={**EXPAND, "mail.allow": "none"},
         want=[("hold mail_held graph.delete", {"held": {"mail": ["bob@firm.test"]}})]
              + [("skip mail_held known", {"changes": "absent"})] * 2)
    case("out-delete-series-counted", "O-080 P-026",
         "Three dates are one deletion.", *dates(left=0), policy={**EXPAND, "delete.max": "1"},
         want=[("graph.delete", {"id": "AAMkM"}), "link.end", "link.end"])
    case("out-delete-series-too-many", "O-080 L2",
         "Two series where one deletion is allowed: none, and no link ends.",
         *dates(left=0), *dates(left=0, kinds=("occurrence",), master="AAMkN"),
         policy={**EXPAND, "delete.max": "1"},
         want=["hold delete_max graph.delete", *["skip delete_max known error"] * 2,
               "hold delete_max graph.delete"])
    case("out-delete-series-incomplete", "O-080 L2", "Not in an incomplete section.",
         *dates(left=0, kinds=("occurrence",)), policy=EXPAND, end={"complete": False},
         want="skip incomplete")
    case("out-body-backlink-imported", "S-011",
         "Outlook had the event first: it gets no link, not even when its text is written, for it "
         "would be mailed to the attendees; and the link is no difference.",
         *[edited(event("xia", body="notes"), state={"born": born}, base_crm={
             "url": "https://crm.test/7"}, crm=crm)
           for born, crm in (("graph", {}), ("graph", {"body": "more"}), ("crm", {"body": "more"}))],
         candidate(event("xia", id="AAMk9", uid="9", subject="Other")),
         policy={**OUT, "backlink": "Show Lead {url}"},
         want=["skip unchanged", "crm.create", ("graph.update body", {"set": {"body": "more"}}),
               ("graph.update body", {"set": {"body": "more\n\nShow Lead https://crm.test/7"}})])
    case("out-body-once", "O-027 O-028 SC-53",
         "Once: notes that were written after the meeting never reach its attendees, alone or beside "
         "another field. Neither do edits of Outlook's text reach the CRM.",
         edited(E1, crm={"body": "client is broke"}),
         edited(E1, crm={"body": "client is broke", "subject": "New"}),
         edited(E1, changed(E1, body="Outlook's")),
         policy={**OUT, "description.mode": "once"},
         want=["skip unchanged", "link.base",
               ("graph.update subject", {"set": {"body": "absent"}, "mail": ["xia@client.test"],
                                         "base": {"crm": {"body_digest": "absent"}}})])
