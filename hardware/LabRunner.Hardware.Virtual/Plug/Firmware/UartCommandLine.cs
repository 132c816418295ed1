namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>Commands typed on the UART that flashing uses: Beken's platforms only, and only with flag 31 (OBK_FLAG_CMD_ACCEPT_UART_COMMANDS).</summary>
internal sealed class UartCommandLine(PlugFirmware firmware)
{
    private const int Flag = 31;
    private const int Longest = 512;

    private string _line = "";

    /// <summary>Takes bytes; a line's end executes it.</summary>
    /// <returns>False: nobody listens.</returns>
    public bool Take(ReadOnlySpan<byte> bytes)
    {
        if (!firmware.Plug.Chip.HasCommandLine || !firmware.Config.HasFlag(Flag))
        {
            return false;
        }

        foreach (byte b in bytes)
        {
            if (b is (byte)'\r' or (byte)'\n')
            {
                string line = _line;
                _line = "";
                firmware.Commands.Execute(line);
            }
            else if (_line.Length < Longest)
            {
                _line += (char)b;
            }
        }

        return true;
    }
}
