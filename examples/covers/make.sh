#!/usr/bin/env bash
# Makes the covers of the pull request's posts under the cap, and commits what was made, also when some failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SITE="$PWD"

list_ignored() {
  git -C "$SITE" ls-files --others --ignored --exclude-standard -- '*.jpg' '*.webp' '*.avif' '*.png' | sort
}

list_ignored >"$work/before"
"$here/posts.sh" >"$work/posts"
status=0
cd "$work" # the pull request's .env, which could send the keys elsewhere, is not read here
# shellcheck disable=SC2086 # options are words
imagegen covers "$SITE/$CONTENT" --only posts --max-cost "$CAP" --store "$STORE" $OPTIONS || status=$?
cd "$SITE"

if list_ignored | comm -13 "$work/before" - | grep .; then
  echo "::error::.gitignore keeps these covers out of the repository, so nothing was committed. They are stored."
  exit 1
fi
git add --all
if ! git diff --cached --quiet; then
  git -c user.name="github-actions[bot]" -c user.email="41898282+github-actions[bot]@users.noreply.github.com" \
    commit --quiet --message "Add covers"
  git push --quiet origin "HEAD:refs/heads/$BRANCH"
fi
exit "$status"
