# To be sourced by scripts that build here: appends to `options`, for cmake, and exports where the libraries lie.
# build_targets NAME... then builds in $build, with logs in $out; what does not build sets status=1.
#
# SYSROOT, when set, is a folder with the libraries of cmake/Dependencies.cmake below usr/ (pack_libraries makes one);
# CUDNN_ROOT one with cuDNN's include/ and lib/, such as Python's packages carry.

options+=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DNEWBIE_CUDA=ON)
if [[ -n ${SYSROOT:-} ]]; then
  export LD_LIBRARY_PATH=$SYSROOT/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}
  export LIBRARY_PATH=$SYSROOT/usr/lib/x86_64-linux-gnu
  export PKG_CONFIG_SYSROOT_DIR=$SYSROOT PKG_CONFIG_PATH=$SYSROOT/usr/lib/x86_64-linux-gnu/pkgconfig
  export PATH=$PATH:$SYSROOT/usr/bin
  export CPATH=$SYSROOT/usr/include:$SYSROOT/usr/include/x86_64-linux-gnu
  options+=("-DCMAKE_PREFIX_PATH=$SYSROOT/usr" "-DCMAKE_LIBRARY_ARCHITECTURE=x86_64-linux-gnu")
fi
if [[ -n ${CUDNN_ROOT:-} ]]; then
  options+=("-DCUDNN_INCLUDE=$CUDNN_ROOT/include" "-DCUDNN_LIBRARY=$(ls "$CUDNN_ROOT"/lib/libcudnn.so.9)")
  export LD_LIBRARY_PATH=$CUDNN_ROOT/lib:${LD_LIBRARY_PATH:-}
fi

build_targets() {
  local began=$SECONDS
  [[ -e $build/build.ninja ]] || cmake -S . -B "$build" "${options[@]}" >"$out/cmake.log" 2>&1 || { tail -30 "$out/cmake.log"; exit 1; }
  ninja -k 0 -C "$build" "$@" >"$out/build.log" 2>&1 || {
    status=1
    grep -A12 -E 'error|FAILED' "$out/build.log" | head -80
  }
  echo "built in $((SECONDS - began)) s"
}
