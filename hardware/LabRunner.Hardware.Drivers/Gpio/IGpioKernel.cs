using LabRunner.Hardware.Drivers.Native;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// The two system calls of the GPIO character device that a test can answer instead of a kernel. Descriptors are real in both cases, so that
/// poll(2), read(2) and close(2) go to the real kernel; errno is where <see cref="System.Runtime.InteropServices.Marshal"/> keeps it.
/// </summary>
internal unsafe interface IGpioKernel
{
    /// <summary>open(2) of a chip; below 0 on failure.</summary>
    int Open(string path);

    /// <summary>ioctl(2) on a chip or line; below 0 on failure.</summary>
    int Ioctl(int descriptor, uint request, byte* argument);
}

/// <summary>The machine's kernel.</summary>
internal sealed unsafe class LinuxGpioKernel : IGpioKernel
{
    public static LinuxGpioKernel Instance { get; } = new();

    public int Open(string path) => Libc.Open(path, Libc.ReadWrite | Libc.CloseOnExec);

    public int Ioctl(int descriptor, uint request, byte* argument) => Libc.Ioctl(descriptor, request, argument);
}
