#pragma once
/// How long processors wait busily for each other.

namespace newbie::cli {

/// Starts the program anew with a short wait, unless the environment says how threads wait
/// (`GOMP_SPINCOUNT`, `OMP_WAIT_POLICY`): OpenMP reads it before main, and its own choice, some
/// milliseconds, makes two busy programs of one machine several times slower than one. Returns
/// where that cannot be done.
void limit_spinning(char** argv);

}  // namespace newbie::cli
