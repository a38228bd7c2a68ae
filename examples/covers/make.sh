#!/usr/bin/env bash
# Makes the covers of the pull request's posts under the cap, and commits what was made, also when some failed.
set -euo pipefail
here=$(dirname "$0")

status=0
# shellcheck disable=SC2086 # options are words
"$here/posts.sh" | imagegen covers "$CONTENT" --only - --max-cost "$CAP" --store "$STORE" $OPTIONS || status=$?

git add --all
if ! git diff --cached --quiet; then
  git -c user.name="github-actions[bot]" -c user.email="41898282+github-actions[bot]@users.noreply.github.com" \
    commit --quiet --message "Add covers"
  git push --quiet origin "HEAD:refs/heads/$BRANCH"
fi
exit "$status"
