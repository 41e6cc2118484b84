"""Adoption: pairs that exist on both sides and are not linked."""
from world import candidate, changed, crm_state, digest, dumps, event, mailbox, who
from world_out import OUT, edited, made, member, pitch

E1 = event("xia")
FIRST = {"first": True}


def twin(e, by="signature", crm_id="101", **crm):
    state = crm_state(e, who(e), crm_id=crm_id, uid=e["uid"] if by == "uid" else None,
                      sync_status="never", origin="ui")
    state.update(crm)
    return {"crm_id": crm_id, "by": by, "crm": state, "crm_digest": digest(dumps(state))}


def seen(e, *twins, **over):
    return candidate(e, twins=list(twins), **over)


def add(case):
    def first(name, ids, text, *records, want, policy=None, box=None, **more):
        case("adopt-" + name, ids, text,
             sections=[(box or mailbox("ann", **FIRST), list(records), {})],
             policy={**OUT, **(policy or {})}, want=want, **more)

    first("signature", "F001 L1",
          "The same time and subject on both sides, nobody linked them: they are, and what differs "
          "is named and stays as it is on either side.",
          seen(E1, twin(E1, location="Hall", body="Mine", attendees=[])),
          want=("link.adopt 101 body location attendees", {
              "id": "AAMk1", "crm_id": "101", "owner": "1", "rank": 0, "mail": [],
              "key": {"uid": "0400AA", "original_date": "", "slot": ""},
              "base": {"graph": {"location": "Cafe", "body_of": "crm", "crm": "absent"}},
              "copy": {"etag": 'W/"1"', "role": "organizer"},
              "expect": {"version": None, "digest": twin(E1, location="Hall", body="Mine",
                                                         attendees=[])["crm_digest"]},
              "set": "absent", "why": {"rule": "same_signature"}}))
    first("uid", "F007",
          "The link table was lost: the stored uid finds them, at any time.",
          seen(E1, twin(E1, "uid")), box=mailbox("ann"),
          want=("link.adopt 101", {"why": {"rule": "same_uid"}}))
    first("at-the-end", "F001", "It leaves when the section is complete.",
          seen(E1, twin(E1)), candidate(event("xia", id="AAMk9", uid="9", subject="Other")),
          want=["crm.create", "link.adopt 101"])
    case("adopt-incomplete", "L2", "And not before.", seen(E1, twin(E1)),
         box=mailbox("ann", **FIRST), end={"complete": False}, policy=OUT,
         want=("skip incomplete", {"due": "2026-11-21T09:00:00Z"}))
    first("crm-side", "F001 F002",
          "The CRM's event is in the section as well: it is not made, its change is settled.",
          made(pitch("xia", crm_id="101"), changes=[9]), seen(E1, twin(E1)),
          want=[("skip unchanged", {"crm_id": "101", "changes": [9], "final": True}),
                "link.adopt 101"])
    first("two-events", "F004",
          "Two events and one CRM event: nobody guesses; none is made on the other side.",
          made(pitch(crm_id="101"), changes=[9]), seen(E1, twin(E1)),
          seen(event("xia", id="AAMk2", uid="2"), twin(E1)),
          want=[("skip match_ambiguous", {"crm_id": "101", "changes": [9]})] +
          [("skip match_ambiguous", {"id": i}) for i in ("AAMk1", "AAMk2")])
    first("two-rows", "F004", "One event and two CRM events.",
          made(pitch(crm_id="101")), made(pitch(crm_id="103")),
          seen(E1, twin(E1), twin(E1, crm_id="103")),
          want=["skip match_ambiguous"] * 3)
    first("chain", "F004", "Each has one, but not the same: none of the chain is one to one.",
          seen(E1, twin(E1), twin(E1, crm_id="103")),
          seen(event("xia", id="AAMk2", uid="2"), twin(E1, crm_id="103")),
          want=["skip match_ambiguous"] * 2)
    first("uid-first", "F001",
          "A uid is the stronger sign: the other event does not get the same row.",
          seen(E1, twin(E1, "uid"), twin(E1, crm_id="103")),
          seen(event("xia", id="AAMk2", uid="2"), twin(E1)),
          want=["link.adopt 101", "skip match_ambiguous"])
    first("marker", "S-019 F010",
          "The guid that the event carries finds its record, at any time. A copy of the event that "
          "somebody made in Outlook carries it too: the uid tells them apart, and the copy is "
          "looked at again.",
          seen(E1, twin(E1, "marker", subject="Other")),
          seen(event("xia", id="AAMk2", uid="2"), twin(E1, "uid", "103")),
          seen(event("xia", id="AAMk3", uid="3"), twin(E1, "marker", "103")),
          box=mailbox("ann"),
          want=[("link.adopt 101 subject", {"why": {"rule": "same_marker"}}),
                ("link.adopt 103", {"id": "AAMk2", "why": {"rule": "same_uid"}}),
                ("skip match_ambiguous", {"id": "AAMk3", "due": "2026-11-21T09:00:00Z"})])
    first("key", "U18",
          "What a write of ours made, which Graph answered as if it had refused it, finds the CRM "
          "event that it was made from, at any time; its guid would count for more.",
          seen(E1, twin(E1, "key", subject="Other")),
          seen(event("xia", id="AAMk2", uid="2"), twin(E1, "key", "103"), twin(E1, "marker", "105")),
          box=mailbox("ann"),
          want=[("link.adopt 101 subject", {"why": {"rule": "same_key"}}),
                ("link.adopt 105", {"id": "AAMk2", "why": {"rule": "same_marker"}})])
    first("marker-or-signature", "S-019", "A guid is a stronger sign than time and subject.",
          seen(E1, twin(E1, crm_id="103"), twin(E1, "marker")), want="link.adopt 101")
    first("two-markers", "F010", "Two events with one guid, and no uid: nobody guesses.",
          seen(E1, twin(E1, "marker")), seen(event("xia", id="AAMk2", uid="2"), twin(E1, "marker")),
          want=[("skip match_ambiguous", {"due": None})] * 2)
    case("marker-made", "S-019 S-020",
         "What the CRM creates is given the guid of its record, if policy names an extension.",
         made(pitch("xia"), guid="9f1c-1"), policy={**OUT, "marker": "Firm.Meeting"},
         want=("graph.create +xia@client.test",
               {"marker": {"extension": "Firm.Meeting", "guid": "9f1c-1"}}))
    case("marker-none", "S-020", "Otherwise not.", made(pitch("xia"), guid="9f1c-1"), policy=OUT,
         want=("graph.create +xia@client.test", {"marker": "absent"}))
    first("two-uids", "", "Two CRM events with the uid.",
          seen(E1, twin(E1, "uid"), twin(E1, "uid", "103")), want="skip match_ambiguous")
    first("gates", "F001",
          "The entry gates are not asked: both sides have it. But a draft, and what is cancelled, "
          "is no event.",
          seen(event("zed"), twin(event("zed"))),
          seen(event("xia", id="AAMk2", uid="2", draft=True), twin(E1, crm_id="103")),
          seen(event("xia", id="AAMk3", uid="3", cancelled=True), twin(E1, crm_id="104")),
          want=["skip draft", "skip cancelled", "link.adopt 101"])
    first("master", "F001",
          "The master of a series that comes in as its occurrences does not stand in their way.",
          seen(event("xia", series={"kind": "master", "master": None, "original_date": None}),
               twin(E1)),
          seen(event("xia", id="AAMk2", series={"kind": "occurrence", "master": "AAMk1",
                                                "original_date": "2026-11-24"}), twin(E1)),
          want=["skip series_master", ("link.adopt 101 series", {"id": "AAMk2"})])
    first("own-post", "U18", "Our own event, not settled yet, is neither adopted nor made.",
          seen(E1, twin(E1), own_post=True), want="skip own_post")
    first("one-way", "", "Also where only the CRM goes out.",
          seen(E1, twin(E1)), policy={"direction.events": "to_graph"}, want="link.adopt 101")
    first("off", "", "Not where nothing is exchanged.",
          seen(E1, twin(E1)), policy={"direction.events": "off"}, want="skip direction")
    case("adopt-then-nothing", "L1 F001",
         "After an adoption with differences nothing is written, and an edit goes over as usual.",
         edited(E1, base_crm={"location": "Hall", "body": "Mine", "attendees": []},
                base={"body_of": "crm"}),
         edited(E1, base_crm={"location": "Hall", "body": "Mine", "attendees": []},
                base={"body_of": "crm"}, crm={"body": "Yours"}), policy=OUT,
         want=["skip unchanged", ("graph.update body", {"set": {"location": "absent"}})])
