using LabRunner.Bench.Hosting.Discovery;

namespace LabRunner.Bench.Tests.Discovery;

/// <summary>The machines that discovery must know: trees as their kernels show them.</summary>
internal static class Machines
{
    public const uint Dialout = 20;
    public const uint Gpio = 997;
    public const uint I2c = 994;

    public static IReadOnlyList<string> Names { get; } = [nameof(Pi3), nameof(Pi4), nameof(Pi5), nameof(Pc), nameof(Odd)];

    public static FakeMachine Make(string name) => name switch
    {
        nameof(Pi3) => Pi3(),
        nameof(Pi4) => Pi4(),
        nameof(Pi5) => Pi5(),
        nameof(Pc) => Pc(),
        _ => Odd(),
    };

    public static FakeMachine Pi3()
    {
        FakeMachine machine = Pi("Raspberry Pi 3 Model B Plus Rev 1.3", "pinctrl-bcm2835", 54, "3f200000.gpio");
        Chip(machine, "gpiochip1", "raspberrypi-exp-gpio", 8, "soc:firmware:gpio");
        machine.File("/boot/config.txt", "dtparam=audio=on\n[pi4]\ndtoverlay=pwm,pin=26\n[all]\nenable_uart=1");
        machine.File("/sys/devices/platform/soc/soc:firmware/get_throttled", "0");
        UsbSerial(machine, "ttyUSB0", "1-1.2", "0403", "6001", "FT232R USB UART", "A50285BI", "ftdi_sio", "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0");
        return machine;
    }

    /// <summary>Two CH340 without serial numbers, PWM on 12 and 13, I2C on.</summary>
    public static FakeMachine Pi4()
    {
        FakeMachine machine = Pi("Raspberry Pi 4 Model B Rev 1.4", "pinctrl-bcm2711", 58, "fe200000.gpio");
        Chip(machine, "gpiochip1", "raspberrypi-exp-gpio", 8, "soc:firmware:gpio");
        machine.File("/boot/firmware/config.txt", "dtparam=i2c_arm=on,strict_gpiod\ndtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4 # pulses\n[pi5]\ndtoverlay=gpio-fan,gpiopin=17");
        machine.File("/sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs", "N");
        machine.File("/sys/devices/platform/soc/soc:firmware/get_throttled", "50005");
        Pwm(machine, "pwmchip0", "fe20c000.pwm", 2);
        machine.Node("/dev/i2c-1", I2c).File("/sys/bus/i2c/devices/i2c-1/name", "bcm2835 (i2c@7e804000)");
        machine.Node("/dev/i2c-20", I2c);
        machine.File("/sys/bus/i2c/devices/i2c-20/name", "hdmi ddc fef04500.i2c");
        UsbSerial(machine, "ttyUSB0", "1-1.3", "1a86", "7523", "USB Serial", null, "ch341-uart", "usb-1a86_USB_Serial-if00-port0");
        UsbSerial(machine, "ttyUSB1", "1-1.4", "1a86", "7523", "USB Serial", null, "ch341-uart", null);
        return machine;
    }

    /// <summary>The compatibility link gpiochip4, a Pico beside an adapter, and a login prompt on the header's UART.</summary>
    public static FakeMachine Pi5()
    {
        FakeMachine machine = Pi("Raspberry Pi 5 Model B Rev 1.1", "pinctrl-rp1", 54, "1f000d0000.gpio");
        machine.Link("/dev/gpiochip4", "gpiochip0");
        machine.File("/boot/firmware/config.txt", "[all]\ndtparam=spi=on\n").File("/boot/firmware/cmdline.txt", "console=serial0,115200");
        machine.File("/proc/cmdline", "coherent_pool=1M console=serial0,115200 root=/dev/mmcblk0p2").Link("/dev/serial0", "ttyAMA0");
        machine.File("/sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled", "0");
        OnBoard(machine, "ttyAMA0", "1f00030000.serial", "uart-pl011");
        Pwm(machine, "pwmchip2", "1f00098000.pwm", 4);
        UsbSerial(machine, "ttyUSB0", "3-1", "10c4", "ea60", "CP2102N USB to UART", "0001", "cp210x", "usb-Silicon_Labs_CP2102N_0001-if00-port0");
        UsbSerial(machine, "ttyACM0", "1-2", "2e8a", "000a", "Pico", "E6614103E7", "cdc_acm", "usb-Raspberry_Pi_Pico_E6614103E7-if00");
        return machine;
    }

    /// <summary>No GPIO; four 8250 ports of which only one is a UART; a mainboard's SMBus.</summary>
    public static FakeMachine Pc()
    {
        FakeMachine machine = new();
        machine.File("/proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:   12000000 kB").File("/proc/cpuinfo", "processor\t: 0\nprocessor\t: 1");
        for (int i = 0; i < 4; i++)
        {
            OnBoard(machine, $"ttyS{i}", "serial8250", "serial8250", type: i == 0 ? "4" : "0");
        }

        machine.Node("/dev/i2c-0", I2c).File("/sys/bus/i2c/devices/i2c-0/name", "SMBus I801 adapter at efa0");
        return machine;
    }

    /// <summary>A PC with two expanders of one label, one without a label, and an adapter with a line break and a quote in its name.</summary>
    public static FakeMachine Odd()
    {
        FakeMachine machine = Pc();
        Chip(machine, "gpiochip0", "pcf8574", 8, "i2c-7/7-0020");
        Chip(machine, "gpiochip1", "pcf8574", 8, "i2c-7/7-0021");
        machine.Node("/dev/gpiochip2", Gpio);
        UsbSerial(machine, "ttyUSB0", "2-1", "dead", "beef", "Odd \"#: adapter", "\\x", "option", "usb-Odd_#:_adapter-if00");
        return machine;
    }

    private static FakeMachine Pi(string model, string label, int lines, string device)
    {
        FakeMachine machine = new();
        machine.File("/proc/device-tree/model", model + "\0");
        machine.File("/proc/meminfo", "MemTotal:       3884000 kB\nMemAvailable:   3100000 kB").File("/proc/cpuinfo", "processor\t: 0\nprocessor\t: 1\nprocessor\t: 2\nprocessor\t: 3");
        machine.File("/sys/class/thermal/thermal_zone0/type", "cpu-thermal").File("/sys/class/thermal/thermal_zone0/temp", "48312");
        Chip(machine, "gpiochip0", label, lines, device);
        return machine;
    }

    private static void Chip(FakeMachine machine, string name, string label, int lines, string device)
    {
        machine.Node("/dev/" + name, Gpio);
        machine.Chips["/dev/" + name] = new(label, [.. Enumerable.Range(0, lines).Select(i => new GpioLineAnswer(i, $"GPIO{i}", i == 22 ? "w1" : "", i == 22))]);
        int number = 512 + (name[^1] - '0') * 64;
        machine.Folder($"/sys/devices/platform/soc/{device}/{name}").Link("/sys/bus/gpio/devices/" + name, $"../../../devices/platform/soc/{device}/{name}");
        machine.File($"/sys/devices/platform/soc/{device}/gpio/gpiochip{number}/label", label).File($"/sys/devices/platform/soc/{device}/gpio/gpiochip{number}/ngpio", $"{lines}");
        machine.Link($"/sys/devices/platform/soc/{device}/gpio/gpiochip{number}/device", "../..").Link($"/sys/class/gpio/gpiochip{number}", $"../../devices/platform/soc/{device}/gpio/gpiochip{number}");
    }

    private static void Pwm(FakeMachine machine, string name, string device, int channels)
    {
        machine.File($"/sys/devices/platform/soc/{device}/pwm/{name}/npwm", $"{channels}").Link($"/sys/devices/platform/soc/{device}/pwm/{name}/device", "../..");
        machine.Link("/sys/class/pwm/" + name, $"../../devices/platform/soc/{device}/pwm/{name}");
        machine.Owners[$"/sys/class/pwm/{name}/export"] = new(0, Gpio, 0x1B0);
    }

    private static void UsbSerial(
        FakeMachine machine, string name, string location, string vendor, string product, string called, string? serial, string driver, string? byId)
    {
        string usb = $"/sys/devices/pci0/usb/{location}";
        string port = name.StartsWith("ttyACM", StringComparison.Ordinal) ? $"{usb}/{location}:1.0" : $"{usb}/{location}:1.0/{name}";
        machine.Node("/dev/" + name, Dialout);
        machine.File($"{usb}/idVendor", vendor).File($"{usb}/idProduct", product).File($"{usb}/product", called);
        if (serial is not null)
        {
            machine.File($"{usb}/serial", serial);
        }

        machine.Folder($"/sys/bus/usb/drivers/{driver}").Link($"{port}/driver", Path.GetRelativePath(port, $"/sys/bus/usb/drivers/{driver}"));
        machine.Folder($"{port}/tty/{name}").Link($"{port}/tty/{name}/device", "../..").Link("/sys/class/tty/" + name, $"../../devices{port["/sys/devices".Length..]}/tty/{name}");
        machine.Link($"/dev/serial/by-path/platform-usb-0:{location}:1.0-port0", "../../" + name);
        if (byId is not null)
        {
            machine.Link("/dev/serial/by-id/" + byId, "../../" + name);
        }
    }

    private static void OnBoard(FakeMachine machine, string name, string device, string driver, string type = "32")
    {
        string folder = $"/sys/devices/platform/{device}";
        machine.Node("/dev/" + name, Dialout).Folder($"{folder}/tty/{name}").File($"{folder}/tty/{name}/type", type).Link($"{folder}/tty/{name}/device", "../..");
        if (!machine.Files.Exists(folder + "/driver"))
        {
            machine.Folder($"/sys/bus/platform/drivers/{driver}").Link(folder + "/driver", $"../../../bus/platform/drivers/{driver}");
        }

        machine.Link("/sys/class/tty/" + name, $"../../devices/platform/{device}/tty/{name}");
    }
}
