#!/usr/bin/env bash
# Says in a comment on the pull request, one that it keeps up to date, which covers its posts would get and their price.
set -euo pipefail
here=$(dirname "$0")
mark="<!-- imagegen covers -->"
text=$(mktemp)
trap 'rm -f "$text" "$text.plan"' EXIT

status=0
# shellcheck disable=SC2086 # options are words
"$here/posts.sh" | imagegen covers "$CONTENT" --only - --plan --store "$STORE" $OPTIONS >"$text.plan" 2>&1 || status=$?

# Four blanks make a block of code that no title can end. A comment holds 65,536 characters.
{
  printf '%s\n### Covers\n\n' "$mark"
  head -c 60000 "$text.plan" | sed 's/^/    /'
  printf '\nNo run spends more than $%s.\n' "$CAP"
} >"$text"
cat "$text" >>"$GITHUB_STEP_SUMMARY"

comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
ours=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$mark\"))) | .id"
former=$(gh api "$comments" --paginate --jq "$ours" | sed -n 1p) || former=""
if [ -n "$former" ]; then
  told=(gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$former" -F "body=@$text")
elif [ "$status" != 0 ] || grep -qE '[0-9] (new|changed)' "$text.plan"; then
  told=(gh api --silent --method POST "$comments" -F "body=@$text")
else
  told=(true)
fi
# A fork's token may not comment.
"${told[@]}" || echo "::warning::The plan is in this run's summary alone: the token may not comment."
exit "$status"
