# NVIDIA devices, behind the option NEWBIE_CUDA: the folders named cuda/ of every target, and the libraries they use.
if(NOT NEWBIE_CUDA)
  return()
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 90)
endif()
enable_language(CUDA)
# CMake before 3.26 does not know how nvcc is told to speak C++20.
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
find_package(CUDAToolkit REQUIRED)
# Packages put cuDNN beside the toolkit or among the system's libraries; none tells CMake about it.
find_path(CUDNN_INCLUDE cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS} REQUIRED)
find_library(CUDNN_LIBRARY NAMES cudnn libcudnn.so.9 HINTS ${CUDAToolkit_LIBRARY_DIR} REQUIRED)
add_library(cudnn SHARED IMPORTED)
set_target_properties(cudnn PROPERTIES IMPORTED_LOCATION ${CUDNN_LIBRARY}
                                       INTERFACE_INCLUDE_DIRECTORIES ${CUDNN_INCLUDE})
add_compile_definitions(NEWBIE_CUDA=1)
