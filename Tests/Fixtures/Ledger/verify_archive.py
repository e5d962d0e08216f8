#!/usr/bin/env python3
"""Checks the unpacked archive of one verdict with nothing of Perch: the functions of verify.py alone.

  verify_archive.py ARCHIVE KEYS     exit 0 and print the verdict, or exit 1 and print the first thing wrong
The evidence is checked by its digests; judging it again is perchctl's work.
"""
import json, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from verify import (Refused, canonical, leaf, need, open_checkpoint, root_from_inclusion, sha, signed_by, unbase64,
                    vkey)

NO_WITNESS = ("", b"", 0, b"")


def verify(archive, keys):
    signer = json.loads((keys / "verdict-signer.json").read_bytes())
    log = vkey((keys / "log.vkey").read_text())
    envelope = canonical((archive / "verdict.dsse.json").read_bytes(), "envelope")
    kind, payload = envelope["payloadType"], unbase64(envelope["payload"], "payload")
    need(kind == "application/vnd.in-toto+json", "payloadType", kind)
    pae = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
    public = bytes.fromhex(signer["keyval"]["public"])
    need(any(s["keyid"] == signer["keyid"] and signed_by(public, unbase64(s["sig"], "signature"), pae)
             for s in envelope["signatures"]), "signature", "no trusted key signed this payload")
    statement = canonical(payload, "statement")
    need(statement["_type"] == "https://in-toto.io/Statement/v1", "statement", "_type")

    signatures = sorted(envelope["signatures"], key=lambda s: s["keyid"])
    entry = json.dumps({"payloadSha256": sha(payload).hex(), "payloadType": kind, "signatures": signatures, "v": "1"},
                       sort_keys=True, separators=(",", ":")).encode()
    head, _, note = (archive / "verdict.tlog-proof").read_text().partition("\n\n")
    version, index, *steps = head.split("\n")
    need(version == "c2sp.org/tlog-proof@v1" and index.startswith("index "), "tlog-proof", "version or index")
    size, root = open_checkpoint(note, log, NO_WITNESS, 0)
    proof = [unbase64(step, "inclusion") for step in steps]
    need(root_from_inclusion(int(index[6:]), size, leaf(entry), proof) == root, "log", "inclusion: roots differ")

    canary = statement["predicate"]["perch_canary"]
    manifest_bytes = (archive / "evidence/manifest.json").read_bytes()
    need(sha(manifest_bytes).hex() == canary["evidence"]["digest"]["sha256"], "evidence", "manifest digest")
    manifest = canonical(manifest_bytes, "manifest")
    for part in [manifest["policy"], manifest["context"], *manifest["chunks"]]:
        data = (archive / "evidence" / part["path"]).read_bytes()
        need(str(len(data)) == part["size"] and sha(data).hex() == part["sha256"], "evidence", part["path"])
        if "records" in part:
            lines = data.splitlines()
            need(str(len(lines)) == part["records"], "evidence", part["path"] + " lines")
            for line in lines:
                canonical(line, part["path"])
    need((statement["predicate"]["result"] == "PASSED") == (canary["verdict"] == "PASS"), "statement", "result")
    return canary["verdict"], len(manifest["chunks"])


if __name__ == "__main__":
    try:
        print("authentic; verdict %s, %d files of evidence" % verify(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
    except (Refused, KeyError, TypeError, ValueError, OSError) as error:
        print("REFUSED", error)
        sys.exit(1)
