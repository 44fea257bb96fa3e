/* cli/ledger.h — what the commands about the log share.
 * Owns    nothing
 * Faults  as commands have them
 * Thread  that of the command */
#ifndef CLI_LEDGER_H
#define CLI_LEDGER_H

#include "cli/command.h"

/* Says whether the proof holds against the key, and shows its record. */
enum exit_code ledger_proof_check(struct desk *desk, const char *name, struct octets octets,
				  const char *key_text);

#endif
