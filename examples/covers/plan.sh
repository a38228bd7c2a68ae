#!/usr/bin/env bash
# Says in a comment on the pull request, one that it keeps up to date, which covers its posts would get and their price.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mark="<!-- imagegen covers -->"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SITE="$PWD"
cd "$work" # the pull request's .env, beside which the keys would be used, is not read here

status=0
"$here/posts.sh" >posts 2>plan || status=$?
if [ "$status" = 0 ]; then
  # shellcheck disable=SC2086 # options are words
  imagegen covers "$SITE/$CONTENT" --only posts --plan --store "$STORE" $OPTIONS >plan 2>&1 || status=$?
fi

sed 's/^/    /' plan >block
# Four blanks make a block of code that no title can end. A comment holds 65,536 characters.
{
  printf '%s\n### Covers\n\n' "$mark"
  head -c 60000 block | iconv -c -f utf-8 -t utf-8 2>/dev/null || true # half a character at the end goes
  printf '\n\nNo run spends more than $%s.\n' "$CAP"
} >text
cat text >>"$GITHUB_STEP_SUMMARY"

comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
ours=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$mark\"))) | .id"
former=$(gh api "$comments" --paginate --jq "$ours" | sed -n 1p) || former=""
if [ -n "$former" ]; then
  told=(gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$former" -F "body=@$work/text")
elif [ "$status" != 0 ] || grep -qE '[0-9] (new|changed)' plan; then
  told=(gh api --silent --method POST "$comments" -F "body=@$work/text")
else
  told=(true)
fi
# A fork's token may not comment.
"${told[@]}" || echo "::warning::The plan is in this run's summary alone: the comment was refused."
exit "$status"
