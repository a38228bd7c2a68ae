#!/usr/bin/env bash
# Lists the files that the pull request adds or changes, with a zero byte behind each.
set -euo pipefail
git -C "$SITE" diff --name-only -z --diff-filter=ACMR "$BASE...HEAD"
