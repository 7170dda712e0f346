#!/bin/sh
# Kills functions' workers at random under load: sh Tests/Functions/chaos.sh [seconds, 30 when left out; 600 for the long run]
set -e
cd "$(dirname "$0")/../.."
HANEUL_CHAOS_SECONDS="${1:-30}" swift test --filter ChaosTests
