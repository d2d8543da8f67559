using System.Runtime.CompilerServices;

// The system calls pass plain numbers, pointers and UTF-8 only; the generated code needs no runtime marshalling.
[assembly: DisableRuntimeMarshalling]
