{% include "anaconda/report.sh" %}
# The logs hold no secrets: scripts neither print them nor trace themselves.
report failed "$(tail -n 200 /tmp/terroir-pre.log /tmp/terroir-copy.log /tmp/anaconda.log /tmp/storage.log /tmp/program.log 2>/dev/null)"
rm -rf /tmp/terroir
