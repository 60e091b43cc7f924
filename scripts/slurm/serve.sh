#!/bin/bash
# Serves a model as a SLURM job, and tells where in a file for `rate score --endpoint @FOLDER`:
#
#   sbatch --gres=gpu:1 --time=8:00:00 --array=1-4 scripts/slurm/serve.sh FOLDER vllm serve org/model --runner pooling --port {port}
#
# {port} in the command is replaced by a free port. The file appears when the server answers GET /health, and goes when the job ends.
#SBATCH --job-name=rate-serve
#SBATCH --output=logs/serve_%A_%a.txt
set -u
folder=${1:?the folder for the addresses}
shift
id=${SLURM_JOB_ID:-$$}
file=$folder/$id.url
mkdir -p "$folder" || exit 1

port=$((20000 + id % 20000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done

"${@//\{port\}/$port}" &
server=$!
trap 'exit 0' TERM INT
trap 'rm -f "$file" "$folder/.$id.url"; kill "$server" 2>/dev/null; wait "$server"' EXIT

healthy() {
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  local answer
  # Some servers answer before their model is loaded, and say so.
  read -r -d '' -t 10 answer <&3
  exec 3>&-
  [[ $answer == HTTP/*" 200"* && $answer != *'"loading"'* ]]
}
until healthy 2>/dev/null; do
  kill -0 "$server" 2>/dev/null || { echo "the server has ended before it answered" >&2; exit 1; }
  sleep 2
done
echo "http://$(hostname -f):$port" >"$folder/.$id.url" && mv "$folder/.$id.url" "$file"
echo "serves at $(cat "$file")"
wait "$server"
