/**
 * What TensorFlow is made of, as data: versions, the wheels that hold its library, the npm packages
 * that hold its addon, and how the addon is compiled. Everything fetched is pinned by a hash, but
 * for NVIDIA's libraries.
 *
 * A store is named after a digest of all this: any change here makes a new store beside the old.
 */
import { createHash } from 'node:crypto'

/**
 * @typedef {object} Wheel
 * @property {string} name
 * @property {string} tag platform tag of the wheel
 * @property {string} sha256
 * @property {number} space_mb free space that building needs, wheel and all
 */
/**
 * @typedef {object} NpmPackage
 * @property {string} version
 * @property {string} integrity as in a lock file
 */
/**
 * @typedef {object} Recipe
 * @property {string} tensorflow
 * @property {string} glibc the oldest that the wheels run on
 * @property {Readonly<Record<string, Wheel>>} wheels by target, `<platform>-<arch>-<cpu or gpu>`
 * @property {Readonly<Record<string, readonly string[]>>} libraries by platform
 * @property {readonly string[]} headers
 * @property {readonly string[]} cuda
 * @property {Readonly<Record<string, string>>} links symbolic links in a store for GPUs, by place
 * @property {Readonly<Record<string, NpmPackage>>} packages
 * @property {Readonly<Record<string, string>>} shims
 * @property {readonly string[]} sources
 * @property {string} quiet C++ that is compiled into the addon beside its own sources
 * @property {readonly string[]} compile
 * @property {Readonly<Record<string, readonly string[]>>} link by platform
 */

/** @type {Recipe} */
export const RECIPE = {
  tensorflow: '2.21.0',
  glibc: '2.27',
  wheels: {
    'linux-x64-cpu': {
      name: 'tensorflow-cpu',
      tag: 'manylinux_2_27_x86_64',
      sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
      space_mb: 1_250,
    },
    'linux-x64-gpu': {
      name: 'tensorflow',
      tag: 'manylinux_2_27_x86_64',
      sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
      space_mb: 9_000,
    },
    'linux-arm64-cpu': {
      name: 'tensorflow',
      tag: 'manylinux_2_27_aarch64',
      sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
      space_mb: 1_250,
    },
    'darwin-arm64-cpu': {
      name: 'tensorflow',
      tag: 'macosx_12_0_arm64',
      sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
      space_mb: 1_250,
    },
  },
  libraries: {
    linux: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
    darwin: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
  },
  headers: [
    'tensorflow/c/c_api.h',
    'tensorflow/c/c_api_macros.h',
    'tensorflow/c/eager/c_api.h',
    'tensorflow/c/tf_attrtype.h',
    'tensorflow/c/tf_buffer.h',
    'tensorflow/c/tf_datatype.h',
    'tensorflow/c/tf_status.h',
    'tensorflow/c/tf_tensor.h',
    'tensorflow/c/tf_tstring.h',
    'tensorflow/core/platform/ctstring.h',
    'tensorflow/core/platform/ctstring_internal.h',
    'tsl/platform/ctstring.h',
    'tsl/platform/ctstring_internal.h',
    'xla/tsl/c/tsl_status.h',
  ],
  cuda: [
    'nvidia-cublas-cu12>=12.5.3.2,<13',
    'nvidia-cuda-cupti-cu12>=12.5.82,<13',
    'nvidia-cuda-nvcc-cu12>=12.5.82,<13',
    'nvidia-cuda-nvrtc-cu12>=12.5.82,<13',
    'nvidia-cuda-runtime-cu12>=12.5.82,<13',
    'nvidia-cudnn-cu12>=9.3.0.75,<10',
    'nvidia-cufft-cu12>=11.2.3.61,<12',
    'nvidia-curand-cu12>=10.3.6.82,<11',
    'nvidia-cusolver-cu12>=11.6.3.83,<12',
    'nvidia-cusparse-cu12>=12.5.1.3,<13',
    'nvidia-nccl-cu12>=2.27.7,<3',
    'nvidia-nvjitlink-cu12>=12.5.82,<13',
  ],
  // libtensorflow_framework opens cuSOLVER, and only libtensorflow_cc knows its folder: without it TensorFlow registers no GPU
  links: { 'nvidia/cuda_runtime/lib/libcusolver.so.11': '../../cusolver/lib/libcusolver.so.11' },
  // tfjs-node-gpu and tfjs-node hold the same sources. Of its own dependencies only these two are
  // used after installation; node-api-headers is for compiling.
  packages: {
    '@tensorflow/tfjs-node-gpu': {
      version: '4.22.0',
      integrity: 'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
    },
    'google-protobuf': {
      version: '3.21.4',
      integrity: 'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
    },
    'node-api-headers': {
      version: '1.9.0',
      integrity: 'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
    },
    progress: {
      version: '2.0.3',
      integrity: 'sha512-7PiHtLll5LdnKIMw100I+8xJXR5gW2QwWYkT6iJva0bXitZKa/XMrSbdmg3r2Xnaidz9Qumd0VPaMrZlF9V9sA==',
    },
  },
  // Written by us: tfjs is the one that heatbath's caller has already loaded (load.mjs), and the
  // addon lies beside its libraries.
  shims: {
    '@tensorflow/tfjs': `module.exports = globalThis[Symbol.for('heatbath.tfjs')]\n`,
    '@tensorflow/tfjs-core': `module.exports = globalThis[Symbol.for('heatbath.tfjs')]\n`,
    '@mapbox/node-pre-gyp': `exports.find = () => require('path').resolve(__dirname, '../../../lib/tfjs_binding.node')\n`,
  },
  sources: ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
  // XLA reports harmless differences between cached programs and the machine as errors, past
  // TF_CPP_MIN_LOG_LEVEL: from level 3 on Abseil's log is silenced as well. The symbol is weak: a
  // TensorFlow with another Abseil is just louder.
  quiet: `
#include <cstdlib>
namespace absl {
inline namespace lts_20250814 {
enum class LogSeverityAtLeast : int { kFatal = 3 };
__attribute__((weak)) void SetMinLogLevel(LogSeverityAtLeast);
}
}
__attribute__((constructor)) static void quiet() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level != nullptr && std::atoi(level) >= 3 && absl::SetMinLogLevel) absl::SetMinLogLevel(absl::LogSeverityAtLeast::kFatal);
}
`,
  compile: [
    '-std=c++17', '-O2', '-fPIC', '-pthread', '-fno-exceptions', '-fno-rtti',
    '-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding', '-DBUILDING_NODE_EXTENSION',
  ],
  link: {
    // nodelete: when only workers load TensorFlow, it must not be unloaded with the last of them,
    // or its threads crash the process at exit
    linux: ['-shared', '-pthread', '-Wl,-z,nodelete', '-Wl,-rpath,$ORIGIN'],
    darwin: ['-shared', '-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path'],
  },
}

/** The npm package that the engine requires. */
export const TFJS_NODE = '@tensorflow/tfjs-node-gpu'

/**
 * @param {Recipe} recipe
 * @param {string} target
 * @returns {string} name of the store's folder
 */
export function storeName(recipe, target) {
  const { wheels, links, ...shared } = recipe
  const forGpu = target.endsWith('-gpu') ? [links] : []
  const digest = createHash('sha256').update(JSON.stringify([shared, wheels[target]?.sha256, ...forGpu])).digest('hex').slice(0, 12)
  return `tensorflow-${recipe.tensorflow}-${target}-${digest}`
}
