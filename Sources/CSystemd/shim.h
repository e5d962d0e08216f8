/* libsystemd: the journal (sd_journal_*) and readiness (sd_notify). Declarations only. */
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
