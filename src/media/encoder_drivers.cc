// What drives the hardware that encodes. Drivers are loaded when somebody asks for them, and not
// linked: most machines have none.

#include <dlfcn.h>

#include <fstream>
#include <string>

#include "media/av_log.h"
#include "media/va_device.h"
#include "media/video_settings.h"

namespace rushes::media {
namespace {

// It stays loaded.
base::Result<void*> load(const char* library, std::string_view driver) {
  void* const loaded = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (loaded != nullptr) return loaded;
  return base::unsupported(std::string(driver) + " is not installed: there is no " + library);
}

template <class Function>
base::Status find(void* library, const char* name, Function*& out) {
  out = reinterpret_cast<Function*>(dlsym(library, name));
  if (out == nullptr) return base::unsupported("the driver has no " + std::string(name));
  return {};
}

}  // namespace

base::Result<std::string> nvidia_driver() {
  ASSIGN_OR_RETURN(void* const cuda, load("libcuda.so.1", "NVIDIA's driver"));
  ASSIGN_OR_RETURN([[maybe_unused]] void* const encoder,
                   load("libnvidia-encode.so.1", "NVIDIA's video encoder"));
  int (*init)(unsigned) = nullptr;
  int (*get_device)(int*, int) = nullptr;
  int (*get_name)(char*, int, int) = nullptr;
  int (*get_version)(int*) = nullptr;
  RETURN_IF_ERROR(find(cuda, "cuInit", init));
  RETURN_IF_ERROR(find(cuda, "cuDeviceGet", get_device));
  RETURN_IF_ERROR(find(cuda, "cuDeviceGetName", get_name));
  RETURN_IF_ERROR(find(cuda, "cuDriverGetVersion", get_version));
  char name[256] = {};
  int device = 0, version = 0;
  int failed = init(0);
  if (failed == 0) failed = get_device(&device, 0);
  if (failed == 0) failed = get_name(name, sizeof(name) - 1, device);
  if (failed == 0) failed = get_version(&version);
  if (failed != 0) {
    return base::unsupported("NVIDIA's driver finds no device (error " + std::to_string(failed) +
                             ")");
  }
  std::string driver;
  std::ifstream("/sys/module/nvidia/version") >> driver;
  if (driver.empty()) driver = "CUDA " + std::to_string(version);
  return std::string(name) + ", driver " + driver;
}

base::Result<AvBuffer> open_va() {
  constexpr int kFirst = 128, kNodes = 8;
  for (int number = kFirst; number < kFirst + kNodes; ++number) {
    AVBufferRef* device = nullptr;
    const std::string node = "/dev/dri/renderD" + std::to_string(number);
    if (av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, node.c_str(), nullptr, 0) >= 0) {
      return AvBuffer(device);
    }
  }
  return base::unsupported("nothing under /dev/dri has a driver for video (VA-API)");
}

base::Result<std::string> va_driver() {
  ASSIGN_OR_RETURN(const AvBuffer device, open_va());
  // libavutil links libva, and its AVVAAPIDeviceContext begins with the VADisplay.
  const char* (*vendor)(void*) = nullptr;
  RETURN_IF_ERROR(find(RTLD_DEFAULT, "vaQueryVendorString", vendor));
  const auto& context = *reinterpret_cast<const AVHWDeviceContext*>(device->data);
  const char* const text = vendor(*static_cast<void* const*>(context.hwctx));
  if (text == nullptr) return base::unsupported("the driver for video (VA-API) has no name");
  return std::string(text);
}

}  // namespace rushes::media
