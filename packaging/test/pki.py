"""A throw-away authority by the openssl command: P-256, one day, one SPIFFE ID in each certificate."""
from container import call

DOMAIN = "perch.example"
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority:
    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = directory / "ca.pem", directory / "ca.key"
        call("openssl", "req", "-x509", "-new", "-days", "1", "-subj", "/CN=Perch test", *KEY, "-keyout", self.key,
             "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", self.certificate)

    def issue(self, kind, name):
        """Paths of certificate and key."""
        is_server = kind == "collector"
        stem = self.directory / f"{kind}-{name}"
        names = f"URI:spiffe://{DOMAIN}/perch/{kind}/{name}" + (",DNS:collector" if is_server else "")
        call("openssl", "req", "-x509", "-new", "-days", "1", "-subj", f"/CN={name}", "-CA", self.certificate,
             "-CAkey", self.key, *KEY, "-keyout", f"{stem}.key", "-addext", "basicConstraints=critical,CA:FALSE",
             "-addext", "keyUsage=critical,digitalSignature",
             "-addext", f"extendedKeyUsage={'serverAuth' if is_server else 'clientAuth'}",
             "-addext", f"subjectAltName={names}", "-out", f"{stem}.pem")
        return stem.with_name(stem.name + ".pem"), stem.with_name(stem.name + ".key")
