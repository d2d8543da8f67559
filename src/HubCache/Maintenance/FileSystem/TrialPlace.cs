using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.FileSystem;

/// <summary>A folder of its own for trials, which goes with all that is in it, however they end.</summary>
internal sealed class TrialPlace : IDisposable
{
    private const string Prefix = "trial";

    private readonly string _name;

    private TrialPlace(Disk disk, string parent, string name)
    {
        Disk = disk;
        Parent = parent;
        _name = name;
        Folder = Path.Combine(parent, name);
    }

    public Disk Disk { get; }

    /// <summary>The folder that is judged.</summary>
    public string Parent { get; }

    /// <summary>The folder for the trials, in that one.</summary>
    public string Folder { get; }

    /// <summary>Makes the folder, and removes those that killed processes left behind.</summary>
    /// <exception cref="DiskException">Nothing can be written there.</exception>
    public static TrialPlace Make(Disk disk, string parent)
    {
        foreach (string name in disk.List(parent))
        {
            if (IncompleteName.TryParse(name) is { Prefix: Prefix } dead && dead.Owner.IsProvenGone())
            {
                Clear(disk, Path.Combine(parent, name));
            }
        }

        var place = new TrialPlace(disk, parent, IncompleteName.New(Prefix).ToString());
        TempRegister.Add(place._name);
        try
        {
            disk.MakeFolder(place.Folder);
            return place;
        }
        catch (DiskException)
        {
            TempRegister.Remove(place._name);
            throw;
        }
    }

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>Makes a file with bytes of one value.</summary>
    public void Fill(string path, byte value, int length)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, value);
        using SafeFileHandle file = Disk.CreateNew(path);
        Disk.Write(file, bytes, 0, path);
    }

    /// <summary>Whether an empty file can be made; it is removed again.</summary>
    public bool CanMake(string path)
    {
        try
        {
            Disk.CreateNew(path).Dispose();
            Disk.Delete(path);
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        Clear(Disk, Folder);
        TempRegister.Remove(_name);
    }

    /// <summary>Removes a folder and all that is in it, links not followed. What cannot be removed stays.</summary>
    private static void Clear(Disk disk, string folder)
    {
        try
        {
            foreach (string path in disk.List(folder).Select(name => Path.Combine(folder, name)))
            {
                if (disk.Look(path) is { Kind: FileKind.Folder })
                {
                    Clear(disk, path);
                }
                else
                {
                    disk.Delete(path);
                }
            }
        }
        catch (DiskException)
        {
            // The next test removes what this one had to leave.
        }

        disk.RemoveEmptyFolder(folder);
    }
}
